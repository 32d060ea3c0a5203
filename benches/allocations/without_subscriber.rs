//! Where nobody listens, calls ask for no memory. A process of its own: a subscriber that was there once leaves callsites switched on.

#![allow(missing_docs, reason = "a test")]

#[path = "../counted/mod.rs"]
mod counted;

use std::{hint::black_box, pin::pin};

use counted::{
    annotated::{annotated, annotated_async, ready},
    chunks::{iterator, next, stream},
    line::log,
    measured::{Answer, complete},
};

/// Also the first time.
fn allocations(run: impl FnMut(u64)) -> u64 {
    allocation_counter::measure(|| (0..100).for_each(run)).count_total
}

#[test]
fn what_is_allocated_is_counted() {
    assert_eq!(allocations(|number| drop(black_box(Box::new(number)))), 100);
}

#[test]
fn a_call_allocates_nothing() {
    assert_eq!(allocations(|_| _ = black_box(annotated(black_box("gpt-4o"), 128))), 0);
    let answer = Answer { id: "chatcmpl-000000000001".into(), model: "gpt-4o-2024-08-06".into() };
    assert_eq!(allocations(|_| _ = black_box(complete(black_box("gpt-4o"), &answer))), 0);
}

#[test]
fn an_async_call_allocates_nothing() {
    assert_eq!(allocations(|_| _ = black_box(ready(annotated_async(black_box("gpt-4o"), 128)))), 0);
}

#[test]
fn a_stream_and_an_iterator_allocate_nothing() {
    let read = |_| {
        let mut chunks = pin!(stream(10));
        while next(chunks.as_mut()).is_some() {}
    };
    assert_eq!(allocations(read), 0);
    assert_eq!(allocations(|_| assert_eq!(iterator(10).count(), 10)), 0);
}

#[test]
fn a_log_line_allocates_nothing() {
    assert_eq!(allocations(log), 0);
}
