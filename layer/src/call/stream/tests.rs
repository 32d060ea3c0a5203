//! The times between chunks, as a layer reads them at a call's end.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use llm_span_contract::Operation;
use tracing::{Id, Subscriber, span::Record};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

use crate::{
    CallBuilder, call,
    call::{listen_to_chunks, stamp},
    current_call, record_chunk,
};

/// Keeps the gaps of each call that ends.
#[derive(Clone, Default)]
struct Gaps(Arc<Mutex<Vec<Vec<f32>>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Gaps {
    fn on_record(&self, id: &Id, _: &Record<'_>, _: Context<'_, S>) {
        if stamp::is_recording(id) {
            stamp::gaps(|gaps| self.0.lock().unwrap().push(gaps.to_vec()));
        }
    }
}

/// The gaps of the one call that `code` makes, which two layers read.
fn gaps_of(code: impl FnOnce()) -> Vec<f32> {
    let (one, other) = (Gaps::default(), Gaps::default());
    let _listener = listen_to_chunks();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(one.clone()).with(other.clone()), code);
    let mut calls = one.0.lock().unwrap().clone();
    assert_eq!(*other.0.lock().unwrap(), calls);
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

fn chat() -> CallBuilder<'static> {
    call(Operation::Chat, "openai", "gpt-4o")
}

const WAIT: Duration = Duration::from_millis(2);

/// Time of the clock that chunks are timed by, which no paused runtime moves.
fn work() {
    let start = Instant::now();
    while start.elapsed() < WAIT {
        std::hint::spin_loop();
    }
}

fn took(gap: f32) -> Duration {
    // What a 32-bit number is short of.
    Duration::from_secs_f32(gap) + Duration::from_nanos(1)
}

#[test]
fn a_stream_of_n_chunks_has_a_gap_less() {
    for n in 0..5 {
        let gaps = gaps_of(|| {
            let count = chat().stream_with(stream::iter(vec![Some(()); n]), |()| ()).count();
            assert_eq!(count.now_or_never(), Some(n));
        });
        assert_eq!(gaps.len(), n.saturating_sub(1));
    }
}

#[test]
fn a_gap_has_the_time_that_the_next_chunk_took_and_that_its_reader_took() {
    let gaps = gaps_of(|| {
        let chunks = [false, false, true].into_iter().map(|slow| slow.then(work));
        let mut chunks = chat().iterator_with(chunks, |()| ());
        work(); // before the first chunk: that is the time to it
        assert!(chunks.next().is_some());
        work();
        assert!(chunks.next().is_some());
        assert!(chunks.next().is_some());
        work(); // after the last one
        assert!(chunks.next().is_none());
    });
    assert_eq!(gaps.len(), 2);
    assert!(gaps.iter().all(|gap| took(*gap) >= WAIT), "{gaps:?}");
}

#[test]
fn an_error_is_no_chunk_and_its_time_is_that_of_the_next_one() {
    let gaps = gaps_of(|| {
        let items = [Ok(()), Err("overloaded"), Ok(())].into_iter().inspect(|_| work());
        assert_eq!(chat().iterator_with(items, |()| ()).count(), 3);
    });
    assert_eq!(gaps.len(), 1);
    assert!(took(gaps[0]) >= 2 * WAIT, "{gaps:?}");
}

#[test]
fn a_call_that_is_fed_by_a_callback_has_its_gaps() {
    let gaps = gaps_of(|| chat().in_scope_in_body(|| (0..4).for_each(|_| record_chunk(()))));
    assert_eq!(gaps.len(), 3);
}

#[test]
fn an_open_call_has_the_gaps_between_chunks_of_several_threads() {
    let gaps = gaps_of(|| {
        let open = chat().open();
        open.record_chunk(());
        let handle = open.handle();
        std::thread::spawn(move || handle.record_chunk(())).join().unwrap();
        work();
        open.record_chunk(());
        open.succeed(());
    });
    assert_eq!(gaps.len(), 2);
    assert!(took(gaps[1]) >= WAIT, "{gaps:?}");
}

#[test]
fn chunks_that_a_body_records_stand_among_those_that_the_stream_yields() {
    let gaps = gaps_of(|| {
        let mut yielded = 0;
        let chunks = std::iter::from_fn(|| {
            yielded += 1;
            work();
            if yielded == 3 {
                record_chunk(()); // the call keeps what is recorded from here on
                work();
            }
            (yielded < 5).then_some(Some(()))
        });
        assert_eq!(chat().iterator_with(chunks, |()| ()).count(), 4);
    });
    assert_eq!(gaps.len(), 4);
    assert!(gaps.iter().all(|gap| took(*gap) >= WAIT), "{gaps:?}");
}

#[test]
fn what_a_stream_records_when_it_is_dropped_comes_last() {
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            work();
            record_chunk(());
        }
    }
    let gaps = gaps_of(|| {
        let last = Last;
        let chunks = stream::iter([Some(()), Some(())]).inspect(move |_| _ = &last);
        assert_eq!(chat().stream_with(chunks, |()| ()).count().now_or_never(), Some(2));
    });
    assert_eq!(gaps.len(), 2);
    assert!(took(gaps[1]) >= WAIT, "{gaps:?}");
}

#[test]
fn a_stream_that_is_dropped_has_the_gaps_it_had() {
    let gaps = gaps_of(|| {
        let mut chunks = chat().iterator_with(std::iter::repeat(Some(())), |()| ());
        assert_eq!(chunks.by_ref().take(3).count(), 3);
    });
    assert_eq!(gaps.len(), 2);
}

#[test]
fn a_stream_that_panics_has_the_gaps_it_had() {
    for reads_on in [false, true] {
        let gaps = gaps_of(|| {
            let mut left = 3;
            let chunks = std::iter::from_fn(move || {
                left -= 1;
                if left == 0 { std::panic::panic_any("broken") } else { Some(Some(())) }
            });
            let mut chunks = chat().iterator_with(chunks, |()| ());
            let read = std::panic::AssertUnwindSafe(|| chunks.by_ref().count());
            assert!(std::panic::catch_unwind(read).is_err());
            assert!(!reads_on || chunks.next().is_some());
        });
        assert_eq!(gaps.len(), 1);
    }
}

#[test]
fn a_call_that_does_not_stream_has_none() {
    let gaps = gaps_of(|| chat().in_scope_in_body(|| current_call().record_usage((1_u32, 2_u32))));
    assert!(gaps.is_empty());
}
