//! How often the chunks of a stream ask for memory. A process of its own: whether chunks are timed is a matter of all layers in it.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

#[path = "../counted/mod.rs"]
mod counted;

use std::{pin::pin, sync::Mutex};

use counted::{
    chunks::{bare_stream, boxed_stream, iterator, next, stream},
    subscribers::{llm, llm_that_times_chunks, llm_with_prometheus, registry, with},
};
use futures_core::Stream;
use llm_span::{CountFindings, Prometheus};
use tracing::{Dispatch, dispatcher::with_default};

/// Chunks of a stream that are counted, and those before them.
const CHUNKS: usize = 1_000;
const BEFORE: usize = 10;

static ALONE: Mutex<()> = Mutex::new(());

/// How often this thread asks for memory while it takes that many chunks, none of them the first or the last.
fn of_chunks(mut next: impl FnMut() -> bool) -> u64 {
    let mut take = |count| assert!((0..count).all(|_| next()));
    take(BEFORE);
    allocation_counter::measure(|| take(CHUNKS)).count_total
}

fn of_a_stream(stream: impl Stream) -> u64 {
    let mut stream = pin!(stream);
    of_chunks(|| next(stream.as_mut()).is_some())
}

fn of_an_iterator(mut iterator: impl Iterator) -> u64 {
    of_chunks(|| iterator.next().is_some())
}

/// Of a stream, a boxed one and an iterator, the second time that each is read.
fn of_each(subscriber: &Dispatch) -> [u64; 3] {
    let all = BEFORE + CHUNKS + 1;
    let read = || [of_a_stream(stream(all)), of_a_stream(boxed_stream(all)), of_an_iterator(iterator(all))];
    with_default(subscriber, || {
        read();
        read()
    })
}

#[test]
fn a_chunk_that_nobody_times_allocates_nothing() {
    let _alone = ALONE.lock().unwrap();
    assert_eq!(of_a_stream(bare_stream(BEFORE + CHUNKS)), 0);
    assert_eq!(of_each(&registry()), [0; 3]);
    assert_eq!(of_each(&with(llm(&CountFindings::default()))), [0; 3]);
}

/// The times stand in a vector, which doubles: from 4 of them, which it has room for already, to 1,024.
#[test]
fn a_thousand_chunks_that_are_timed_allocate_no_more_than_a_vector_that_doubles() {
    let _alone = ALONE.lock().unwrap();
    let (findings, prometheus) = (CountFindings::default(), Prometheus::new());
    let doublings = u64::from(CHUNKS.ilog2() - BEFORE.ilog2());
    assert_eq!(of_each(&with(llm_that_times_chunks(&findings, &prometheus))), [doublings; 3]);
    assert_eq!(of_each(&with(llm_with_prometheus(&findings, &prometheus))), [doublings; 3]);
    let text = prometheus.render(None).body;
    assert!(text.contains("gen_ai_client_operation_time_per_output_chunk_seconds_count{"), "the chunks are timed: {text}");
}
