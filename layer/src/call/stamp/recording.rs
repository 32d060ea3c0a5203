//! Tells the layer that a record is the end of a call, with what no attribute says of it, and shows it what will be recorded.
//!
//! The record is plain numbers and texts with no `Debug` of the user's among them, so it may be read under the lock of the span's
//! extensions; others are read apart first.

use std::{cell::Cell, sync::OnceLock, time::Instant};

use llm_span_contract::stamp::Field;
use tracing::{Dispatch, Id, Metadata, Span};

use super::{
    start::Tells,
    starting::{Answer, First, Heard, Telling},
    value::Stamp,
};

/// What is told of a call's end; `None` where it has to be read from the record.
pub(crate) type Told<'a> = Option<&'a [(Field, Stamp<'a>)]>;

/// Reads what a call tells beside its record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    /// What the subscriber's layer makes of what sets a call of that callsite apart from its first one; with the layer's number.
    pub(crate) answer: fn(&Dispatch, &'static Metadata<'static>, &'static First, Telling, &Tells<'_>) -> Option<Answer>,
    /// Reads what a call tells whose end is about to be recorded: who awaits that record, if anybody does.
    pub(crate) read: fn(&Dispatch, &Ends, Told<'_>) -> Option<Awaits>,
    /// The record has not reached the layer that awaits it.
    pub(crate) lost: fn(&Dispatch, &Ends),
}

/// A call that ends.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) span: Id,
    pub(crate) metadata: &'static Metadata<'static>,
    pub(crate) started: Instant,
    /// How it was heard when it began.
    pub(crate) heard: Heard,
}

/// A layer that awaits the record of a call's end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Awaits {
    /// The number of that layer; 0 for none.
    pub(crate) layer: u32,
    /// Whether it has read what the call tells, and needs not visit it any more.
    pub(crate) is_read: bool,
}

static BESIDE: OnceLock<Beside> = OnceLock::new();

/// Has what calls tell read so, from those on that end now.
pub(crate) fn read_by(beside: Beside) {
    let _ = BESIDE.set(beside);
}

/// Who reads what calls tell, if anybody does.
pub(super) fn beside() -> Option<&'static Beside> {
    BESIDE.get()
}

/// The record under way that ends a call; each of it is looked at on its own.
struct Recording {
    /// The call's span; 0 for none.
    span: Cell<u64>,
    /// How the call was heard when it began.
    heard: Cell<Heard>,
    started: Cell<Option<Instant>>,
    /// Whether there are gaps: of most calls there are none, and those are not looked for.
    has_gaps: Cell<bool>,
    awaits: Cell<Awaits>,
}

/// What was recorded before, to be so again.
#[derive(Clone, Copy)]
struct Outer {
    span: u64,
    heard: Heard,
    started: Option<Instant>,
    has_gaps: bool,
    awaits: Awaits,
}

impl Recording {
    const fn none() -> Self {
        Self {
            span: Cell::new(0),
            heard: Cell::new(Heard::NONE),
            started: Cell::new(None),
            has_gaps: Cell::new(false),
            awaits: Cell::new(Awaits { layer: 0, is_read: false }),
        }
    }

    #[inline]
    fn replace(&self, by: Outer) -> Outer {
        Outer {
            span: self.span.replace(by.span),
            heard: self.heard.replace(by.heard),
            started: self.started.replace(by.started),
            has_gaps: self.has_gaps.replace(by.has_gaps),
            awaits: self.awaits.replace(by.awaits),
        }
    }

    #[inline]
    fn is_of(&self, span: &Id) -> bool {
        self.span.get() == span.into_u64()
    }
}

thread_local! {
    static RECORDING: Recording = const { Recording::none() };
    /// The gaps between the chunks of the call that ends, for the time of its record. Away while somebody reads them.
    static GAPS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Records the end of the call of that span, which had these gaps between its chunks.
///
/// Layers may make calls of their own meanwhile, which end within: what was being recorded is so again afterwards.
pub(super) fn recording(span: &Span, heard: Heard, started: Instant, gaps: Vec<f32>, told: Told<'_>, record: impl FnOnce()) {
    let (Some(beside), Some(id), Some(metadata)) = (BESIDE.get(), span.id(), span.metadata()) else { return record() };
    let outer_gaps = if gaps.is_empty() { None } else { put_gaps(gaps) };
    let ends = Ends { span: id, metadata, started, heard };
    let (span_id, has_gaps) = (ends.span.into_u64(), outer_gaps.is_some());
    let this = Outer { span: span_id, heard, started: Some(started), has_gaps, awaits: Awaits::default() };
    let outer = RECORDING.try_with(|recording| recording.replace(this)).ok();
    let ended = Ended { span, ends, outer, outer_gaps };
    if let Some(Some(awaits)) = span.with_subscriber(|(_, dispatch)| (beside.read)(dispatch, &ended.ends, told)) {
        let _ = RECORDING.try_with(|recording| recording.awaits.set(awaits));
    }
    record();
}

/// Puts in order what was before, however the record has come out.
struct Ended<'s> {
    span: &'s Span,
    ends: Ends,
    outer: Option<Outer>,
    outer_gaps: Option<Vec<f32>>,
}

impl Drop for Ended<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(outer) = self.outer.take() {
            let this = RECORDING.try_with(|recording| recording.replace(outer));
            if this.is_ok_and(|this| this.awaits.layer != 0) {
                self.lost();
            }
        }
        if let Some(gaps) = self.outer_gaps.take() {
            put_gaps(gaps);
        }
    }
}

impl Ended<'_> {
    #[cold]
    fn lost(&self) {
        if let Some(beside) = BESIDE.get() {
            self.span.with_subscriber(|(_, dispatch)| (beside.lost)(dispatch, &self.ends));
        }
    }
}

/// The end of that span's call, which this thread records, has reached that layer: whether it was read before; told once.
#[inline]
pub(crate) fn arrive(span: &Id, layer: u32) -> bool {
    let arrive = |recording: &Recording| {
        let awaited = Some(recording.awaits.get()).filter(|awaited| awaited.layer == layer && recording.is_of(span));
        if awaited.is_some() {
            recording.awaits.take();
        }
        awaited.is_some_and(|awaited| awaited.is_read)
    };
    RECORDING.try_with(arrive).unwrap_or(false)
}

/// How the call was heard, and when, that ends by what this thread records on that span, if it was by that layer.
#[inline]
pub(crate) fn heard(span: &Id, layer: u32) -> Option<(Heard, Instant)> {
    let heard = |recording: &Recording| {
        let heard = Some(recording.heard.get()).filter(|heard| heard.layer == layer && recording.is_of(span))?;
        Some((heard, recording.started.get()?))
    };
    RECORDING.try_with(heard).ok().flatten()
}

/// The call that this thread's record ends has ended: what is recorded on its span from now on is no end.
#[inline]
pub(crate) fn end_heard() {
    let _ = RECORDING.try_with(|recording| recording.heard.take());
}

/// Whether what this thread records on that span is the end of its call.
#[inline]
pub(crate) fn is_recording(span: &Id) -> bool {
    RECORDING.try_with(|recording| recording.is_of(span)).unwrap_or(false)
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
    if !RECORDING.try_with(|recording| recording.has_gaps.get()).unwrap_or(false) {
        return read(&[]);
    }
    let lent = Lent(GAPS.try_with(Cell::take).unwrap_or_default());
    read(&lent.0)
}

/// The gaps that were there before; `None` where the thread has come to its end.
fn put_gaps(gaps: Vec<f32>) -> Option<Vec<f32>> {
    GAPS.try_with(|kept| kept.replace(gaps)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CollectFindings, LlmLayer};

    fn seen() -> Vec<f32> {
        gaps(<[f32]>::to_vec)
    }

    /// Spans without ids would be no records of a call, nor would be those that nobody reads.
    fn with_spans(test: impl FnOnce(&Span)) {
        // Whoever comes first in a process reads for all of it: that has to be the layer.
        drop(LlmLayer::builder().findings(CollectFindings::default()).build());
        tracing::subscriber::with_default(tracing_subscriber::registry(), || test(&tracing::info_span!("call")));
    }

    #[test]
    fn gaps_are_there_for_the_time_of_the_record() {
        with_spans(|span| {
            recording(span, Heard::default(), Instant::now(), vec![0.5, 0.25], None, || {
                assert!(is_recording(&span.id().unwrap()));
                assert_eq!([seen(), seen()], [[0.5, 0.25], [0.5, 0.25]]);
            });
            assert!(!is_recording(&span.id().unwrap()));
            assert!(seen().is_empty());
            recording(span, Heard::default(), Instant::now(), Vec::new(), None, || assert!(seen().is_empty()));
        });
    }

    #[test]
    fn a_call_that_ends_within_the_record_of_another_does_not_mix_with_it() {
        with_spans(|span| {
            let inner = tracing::info_span!("inner");
            recording(span, Heard::default(), Instant::now(), vec![0.5], None, || {
                gaps(|outer| {
                    recording(&inner, Heard::default(), Instant::now(), vec![0.25, 1.0], None, || {
                        assert_eq!(seen(), [0.25, 1.0]);
                    });
                    recording(&inner, Heard::default(), Instant::now(), Vec::new(), None, || assert!(seen().is_empty()));
                    assert_eq!(outer, [0.5]);
                });
                recording(&inner, Heard::default(), Instant::now(), vec![0.25], None, || {
                    assert!(is_recording(&inner.id().unwrap()));
                });
                assert!(is_recording(&span.id().unwrap()));
                assert_eq!(seen(), [0.5]);
            });
        });
    }

    #[test]
    fn a_reader_that_panics_leaves_the_gaps_to_the_next_one() {
        with_spans(|span| {
            recording(span, Heard::default(), Instant::now(), vec![0.5], None, || {
                let panicked = std::panic::catch_unwind(|| gaps(|_| std::panic::panic_any("broken")));
                assert!(panicked.is_err());
                assert_eq!(seen(), [0.5]);
            });
        });
    }
}
