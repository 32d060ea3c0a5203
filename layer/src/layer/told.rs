//! What a call tells when it ends, read beside the record, just before it, as `tracing`'s visit of each field would
//! cost as much again as the reading. The call ends with the record all the same, when it is this layer's turn.
//!
//! Only clean values are read so; where one has to be seen by the checks as it is, the record is visited.

use std::sync::atomic::Ordering;

use llm_span_contract::stamp::Field;
use tracing::{Dispatch, Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::{
    LlmLayer,
    callsite::Callsite,
    difference::answer,
    note,
    schema::Mask,
    state::State,
    watched::{Watched, is_visible},
};
use crate::call::stamp::{Awaits, Beside, Ends, Stamp, Told};

/// Reads for the outermost layer that a subscriber shows; others visit the record.
pub(super) const BESIDE: Beside = Beside { answer, read, lost };

/// What the values of a field are to the state, as far as a look at the value settles it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quick {
    /// No concern of any contract or metric.
    Ignored,
    /// Whole numbers from `least` on are clean.
    Number { bit: Mask, place: u8, least: i64 },
    /// Any text is clean that is not blank, and none is kept.
    Text { bit: Mask },
    /// Any list is clean, and none is kept.
    List { bit: Mask },
    /// Its plan tells.
    Planned,
    /// It has to be visited.
    Visited,
}

fn read(dispatch: &Dispatch, ends: &Ends, told: Told<'_>) -> Option<Awaits> {
    let layer = dispatch.downcast_ref::<LlmLayer>()?;
    layer.note_found(dispatch);
    let is_read = if ends.heard.layer == layer.number {
        let callsite = layer.callsites.at(ends.heard.callsite)?;
        told.is_some_and(|stamps| layer.read_unkept(callsite, ends, stamps))
    } else {
        let (_, callsite) = layer.callsite(ends.metadata)?;
        told.is_some_and(|stamps| layer.read_kept(dispatch, callsite, &ends.span, stamps))
    };
    Some(Awaits { layer: layer.number, is_read })
}

fn lost(dispatch: &Dispatch, ends: &Ends) {
    if let Some(layer) = dispatch.downcast_ref::<LlmLayer>() {
        layer.end_at_close(dispatch, ends);
    }
}

impl LlmLayer {
    /// Calls find this layer. One of which nothing is kept may have to be kept yet, for which its span has to be found too.
    #[inline]
    fn note_found(&self, dispatch: &Dispatch) {
        if !self.is_found.load(Ordering::Relaxed) && dispatch.is::<Registry>() {
            note(&self.is_found);
        }
    }

    /// Has a call end when it closes, as the record of its end was lost on its way to this layer.
    #[cold]
    fn end_at_close(&self, dispatch: &Dispatch, ends: &Ends) {
        let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(&ends.span)) else { return };
        if ends.heard.layer == self.number
            && let Some(callsite) = self.callsites.at(ends.heard.callsite)
        {
            self.keep_whole(&span, callsite, &ends.heard, ends.started);
        }
        self.kept_of(&span, |kept| {
            if kept.is_open() && !std::mem::replace(&mut kept.is_lost, true) {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// Reads into what is kept of the call.
    #[inline]
    fn read_kept(&self, dispatch: &Dispatch, callsite: &Callsite, id: &Id, stamps: &[(Field, Stamp<'_>)]) -> bool {
        let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) else { return false };
        let is_read = self.kept_of(&span, |kept| {
            let is_open = kept.state.outcome.is_none() && kept.is_open();
            is_open && self.read_all(callsite, stamps, &mut kept.state)
        });
        is_read == Some(true)
    }

    /// Whether all of it is clean; else the visit, to which what was read already is nothing new, has to end the call.
    #[inline]
    pub(super) fn read_all(&self, callsite: &Callsite, stamps: &[(Field, Stamp<'_>)], state: &mut State) -> bool {
        for (field, stamp) in stamps {
            let is_clean = match (callsite.quick(*field), stamp) {
                (Quick::Ignored, _) => true,
                (Quick::Number { bit, place, least }, Stamp::Int(number)) if number >= least && state.present & bit == 0 => {
                    state.present |= bit;
                    state.ints[usize::from(*place)] = *number;
                    true
                }
                (Quick::Text { bit }, Stamp::Text(text)) if is_visible(text) => {
                    state.present |= bit;
                    true
                }
                (Quick::List { bit }, Stamp::Text(text)) if text.starts_with('[') && text.ends_with(']') => {
                    state.present |= bit;
                    true
                }
                (Quick::Visited, _) => false,
                (_, stamp) => callsite.plan.watched(*field as usize).is_some_and(|watched| self.read_one(watched, *stamp, state)),
            };
            if !is_clean {
                state.outcome = None;
                return false;
            }
        }
        state.outcome.is_some()
    }

    fn read_one(&self, watched: &Watched, stamp: Stamp<'_>, state: &mut State) -> bool {
        let clean = watched.clean(stamp, &self.interner);
        if let Some(clean) = &clean {
            state.put_clean(watched, clean, &self.schema, &self.interner);
        }
        clean.is_some()
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use llm_span_contract::Operation;
    use tracing::{Subscriber, dispatcher::with_default, span::Record};
    use tracing_subscriber::{Layer, layer::Context, prelude::*};

    use super::*;
    use crate::{CollectFindings, Usage, call};

    /// Panics where a prompt of 1,000 tokens is told, before the layer hears of it.
    struct FailsAtAThousand;

    impl<S: Subscriber> Layer<S> for FailsAtAThousand {
        fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
            let mut is_thousand = false;
            values.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                is_thousand |= field.name() == "llm.tokens.prompt" && format!("{value:?}") == "1000";
            });
            if is_thousand {
                std::panic::resume_unwind(Box::new(()));
            }
        }
    }

    #[test]
    fn closing_spans_are_looked_at_while_a_call_is_open_whose_end_was_lost_and_not_after_one_that_is_not_clean() {
        crate::testing::keep_callsites_open();
        let findings = CollectFindings::default();
        let layer = LlmLayer::builder().findings(findings.clone()).build();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(FailsAtAThousand).with(layer));
        let layer = dispatch.downcast_ref::<LlmLayer>().unwrap();
        let waiting = || (layer.ends_at_close.load(Ordering::Relaxed), layer.lost.load(Ordering::Relaxed));
        with_default(&dispatch, || {
            for model in ["gpt-4o", "gpt-4o", " ", " "] {
                call(Operation::Chat, "openai", model).enter().succeed(Usage::new(1, 1));
            }
            assert!(!findings.take().is_empty(), "the model has no name");
            assert_eq!(waiting(), (false, 0));

            let lost = call(Operation::Chat, "openai", " ").open();
            let span = lost.span().clone();
            assert!(catch_unwind(AssertUnwindSafe(|| lost.succeed(Usage::new(1_000, 1)))).is_err());
            assert_eq!(waiting(), (false, 1));
            assert_eq!(findings.take().len(), 0);
            drop(span);
            assert_eq!(waiting(), (false, 0));
            assert!(!findings.take().is_empty());
        });
    }
}
