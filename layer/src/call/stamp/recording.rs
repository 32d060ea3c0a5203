//! Tells the layer that a span is the start of a call, and when it was; and that a record is its end, with what no attribute says
//! of the call.
//!
//! The clock is read once, by the call. The record at the end is plain numbers and texts with no `Debug` of the user's among them, so it may be read under the lock of the
//! span's extensions; others are read apart first.

use std::{cell::Cell, time::Instant};

use tracing::{Id, Metadata, Span};

/// The record under way that ends a call.
#[derive(Clone, Copy)]
struct End {
    span: u64,
    /// Whether there are gaps: of most calls there are none, and those are not looked for.
    has_gaps: bool,
}

thread_local! {
    static STARTING: Cell<Option<(&'static Metadata<'static>, Instant)>> = const { Cell::new(None) };
    static RECORDING: Cell<Option<End>> = const { Cell::new(None) };
    /// The gaps between the chunks of the call that ends, for the time of its record. Away while somebody reads them.
    static GAPS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Creates the span of a call.
pub(crate) fn starting(metadata: &'static Metadata<'static>, now: Instant, create: impl FnOnce() -> Span) -> Span {
    let _ = STARTING.try_with(|starting| starting.set(Some((metadata, now))));
    let span = create();
    let _ = STARTING.try_with(|starting| starting.set(None));
    span
}

/// When the call began whose span is being created with that metadata; `None` where the span is none of a call.
pub(crate) fn started(metadata: &'static Metadata<'static>) -> Option<Instant> {
    let starting = STARTING.try_with(Cell::get).ok().flatten();
    starting.filter(|(of, _)| std::ptr::eq(*of, metadata)).map(|(_, started)| started)
}

/// Records the end of the call of that span, which had these gaps between its chunks.
///
/// Layers may make calls of their own meanwhile, which end within: what was being recorded is so again afterwards.
pub(crate) fn recording(span: &Span, gaps: Vec<f32>, record: impl FnOnce()) {
    struct Ended {
        outer: Option<End>,
        outer_gaps: Option<Vec<f32>>,
    }
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = RECORDING.try_with(|recording| recording.set(self.outer));
            if let Some(gaps) = self.outer_gaps.take() {
                put_gaps(gaps);
            }
        }
    }
    let outer_gaps = if gaps.is_empty() { None } else { put_gaps(gaps) };
    let end = span.id().map(|id| End { span: id.into_u64(), has_gaps: outer_gaps.is_some() });
    let outer = RECORDING.try_with(|recording| recording.replace(end)).ok().flatten();
    let _ended = Ended { outer, outer_gaps };
    record();
}

/// Whether what this thread records on that span is the end of its call.
pub(crate) fn is_recording(span: &Id) -> bool {
    current().is_some_and(|end| end.span == span.into_u64())
}

/// Shows the seconds from each chunk to the next one, in order, of the call whose end this thread is recording; none of one that
/// did not stream, or while nobody [listens](crate::call::listen_to_chunks). Every layer may read them; [`is_recording`] tells
/// whether the call is the one meant.
pub(crate) fn gaps<R>(read: impl FnOnce(&[f32]) -> R) -> R {
    struct Lent(Vec<f32>);
    impl Drop for Lent {
        fn drop(&mut self) {
            put_gaps(std::mem::take(&mut self.0));
        }
    }
    if !current().is_some_and(|end| end.has_gaps) {
        return read(&[]);
    }
    let lent = Lent(GAPS.try_with(Cell::take).unwrap_or_default());
    read(&lent.0)
}

fn current() -> Option<End> {
    RECORDING.try_with(Cell::get).ok().flatten()
}

/// The gaps that were there before; `None` where the thread has come to its end.
fn put_gaps(gaps: Vec<f32>) -> Option<Vec<f32>> {
    GAPS.try_with(|kept| kept.replace(gaps)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Vec<f32> {
        gaps(<[f32]>::to_vec)
    }

    /// Spans without ids would be no records of a call.
    fn with_spans(test: impl FnOnce(&Span)) {
        tracing::subscriber::with_default(tracing_subscriber::registry(), || test(&tracing::info_span!("call")));
    }

    #[test]
    fn gaps_are_there_for_the_time_of_the_record() {
        with_spans(|span| {
            recording(span, vec![0.5, 0.25], || {
                assert!(is_recording(&span.id().unwrap()));
                assert_eq!([seen(), seen()], [[0.5, 0.25], [0.5, 0.25]]);
            });
            assert!(!is_recording(&span.id().unwrap()));
            assert!(seen().is_empty());
            recording(span, Vec::new(), || assert!(seen().is_empty()));
        });
    }

    #[test]
    fn a_call_that_ends_within_the_record_of_another_does_not_mix_with_it() {
        with_spans(|span| {
            let inner = tracing::info_span!("inner");
            recording(span, vec![0.5], || {
                gaps(|outer| {
                    recording(&inner, vec![0.25, 1.0], || assert_eq!(seen(), [0.25, 1.0]));
                    recording(&inner, Vec::new(), || assert!(seen().is_empty()));
                    assert_eq!(outer, [0.5]);
                });
                recording(&inner, vec![0.25], || assert!(is_recording(&inner.id().unwrap())));
                assert!(is_recording(&span.id().unwrap()));
                assert_eq!(seen(), [0.5]);
            });
        });
    }

    #[test]
    fn a_reader_that_panics_leaves_the_gaps_to_the_next_one() {
        with_spans(|span| {
            recording(span, vec![0.5], || {
                let panicked = std::panic::catch_unwind(|| gaps(|_| std::panic::panic_any("broken")));
                assert!(panicked.is_err());
                assert_eq!(seen(), [0.5]);
            });
        });
    }
}
