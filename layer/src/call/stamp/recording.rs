//! Tells the layer that a record is the end of a call, with what no attribute says of it, and shows it what will be recorded.
//!
//! The record is plain numbers and texts with no `Debug` of the user's among them, so it may be read under the lock of the span's
//! extensions; others are read apart first.

use std::{cell::Cell, sync::OnceLock};

use llm_span_contract::stamp::Field;
use tracing::{Dispatch, Id, Metadata, Span};

use super::value::Stamp;

/// What is told of a call's end; `None` where it has to be read from the record.
pub(crate) type Told<'a> = Option<&'a [(Field, Stamp<'a>)]>;

/// Reads what a call tells beside its record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    /// Reads what a call tells whose end is about to be recorded on that span, with its metadata and subscriber: the number of the
    /// layer that needs not visit the record any more.
    pub(crate) read: fn(&Dispatch, &'static Metadata<'static>, &Id, Told<'_>) -> Option<u64>,
    /// The record of what was read has not reached the layer.
    pub(crate) lost: fn(&Dispatch),
}

static BESIDE: OnceLock<Beside> = OnceLock::new();

/// Has what calls tell read so, from those on that end now.
pub(crate) fn read_by(beside: Beside) {
    let _ = BESIDE.set(beside);
}

/// The record under way that ends a call.
#[derive(Clone, Copy)]
struct End {
    span: u64,
    /// Whether there are gaps: of most calls there are none, and those are not looked for.
    has_gaps: bool,
    /// The layer that has read it.
    read_by: Option<u64>,
}

thread_local! {
    static RECORDING: Cell<Option<End>> = const { Cell::new(None) };
    /// The gaps between the chunks of the call that ends, for the time of its record. Away while somebody reads them.
    static GAPS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Records the end of the call of that span, which had these gaps between its chunks.
///
/// Layers may make calls of their own meanwhile, which end within: what was being recorded is so again afterwards.
pub(super) fn recording(span: &Span, gaps: Vec<f32>, told: Told<'_>, record: impl FnOnce()) {
    struct Ended<'s> {
        span: &'s Span,
        outer: Option<End>,
        outer_gaps: Option<Vec<f32>>,
    }
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            let ended = RECORDING.try_with(|recording| recording.replace(self.outer)).ok().flatten();
            if ended.is_some_and(|ended| ended.read_by.is_some()) {
                self.span.with_subscriber(|(_, dispatch)| BESIDE.get().map(|beside| (beside.lost)(dispatch)));
            }
            if let Some(gaps) = self.outer_gaps.take() {
                put_gaps(gaps);
            }
        }
    }
    let outer_gaps = if gaps.is_empty() { None } else { put_gaps(gaps) };
    let end = span.id().map(|id| End { span: id.into_u64(), has_gaps: outer_gaps.is_some(), read_by: None });
    let outer = RECORDING.try_with(|recording| recording.replace(end)).ok().flatten();
    let _ended = Ended { span, outer, outer_gaps };
    if let (Some(beside), Some(metadata), Some(end)) = (BESIDE.get(), span.metadata(), end) {
        let read_by = span.with_subscriber(|(id, dispatch)| (beside.read)(dispatch, metadata, id, told)).flatten();
        let _ = RECORDING.try_with(|recording| recording.set(Some(End { read_by, ..end })));
    }
    record();
}

/// Whether the end of that span's call, which this thread records, was read by that layer before; told once.
#[inline]
pub(crate) fn take_read(span: &Id, layer: u64) -> bool {
    let end = current().filter(|end| end.read_by == Some(layer) && end.span == span.into_u64());
    if let Some(end) = end {
        let _ = RECORDING.try_with(|recording| recording.set(Some(End { read_by: None, ..end })));
    }
    end.is_some()
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
            recording(span, vec![0.5, 0.25], None, || {
                assert!(is_recording(&span.id().unwrap()));
                assert_eq!([seen(), seen()], [[0.5, 0.25], [0.5, 0.25]]);
            });
            assert!(!is_recording(&span.id().unwrap()));
            assert!(seen().is_empty());
            recording(span, Vec::new(), None, || assert!(seen().is_empty()));
        });
    }

    #[test]
    fn a_call_that_ends_within_the_record_of_another_does_not_mix_with_it() {
        with_spans(|span| {
            let inner = tracing::info_span!("inner");
            recording(span, vec![0.5], None, || {
                gaps(|outer| {
                    recording(&inner, vec![0.25, 1.0], None, || assert_eq!(seen(), [0.25, 1.0]));
                    recording(&inner, Vec::new(), None, || assert!(seen().is_empty()));
                    assert_eq!(outer, [0.5]);
                });
                recording(&inner, vec![0.25], None, || assert!(is_recording(&inner.id().unwrap())));
                assert!(is_recording(&span.id().unwrap()));
                assert_eq!(seen(), [0.5]);
            });
        });
    }

    #[test]
    fn a_reader_that_panics_leaves_the_gaps_to_the_next_one() {
        with_spans(|span| {
            recording(span, vec![0.5], None, || {
                let panicked = std::panic::catch_unwind(|| gaps(|_| std::panic::panic_any("broken")));
                assert!(panicked.is_err());
                assert_eq!(seen(), [0.5]);
            });
        });
    }
}
