//! What a call tells when it ends, read beside the record, just before it, as `tracing`'s visit of each field would
//! cost as much again as the reading. The call ends with the record all the same, when it is this layer's turn.
//!
//! Only clean values are read so; where one has to be seen by the checks as it is, the record is visited.

use llm_span_contract::stamp::Field;
use tracing::{Dispatch, Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::{
    LlmLayer,
    callsite::Callsite,
    note,
    plan::{Watched, is_visible},
    schema::Mask,
    state::State,
    unkept::name,
};
use crate::call::stamp::{Beside, Ends, Stamp, Told};

/// Reads for the outermost layer that a subscriber shows; others visit the record.
pub(super) const BESIDE: Beside = Beside { name, read, lost };

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

fn read(dispatch: &Dispatch, ends: &Ends, told: Told<'_>) -> Option<u32> {
    let layer = dispatch.downcast_ref::<LlmLayer>()?;
    note(&layer.is_found);
    let is_read = if ends.heard.layer == layer.number {
        let callsite = layer.callsites.at(ends.heard.callsite)?;
        told.is_some_and(|stamps| layer.read_unkept(callsite, ends, stamps))
    } else {
        let (_, callsite) = layer.callsite(ends.metadata)?;
        told.is_some_and(|stamps| layer.read_kept(dispatch, callsite, &ends.span, stamps))
    };
    if !is_read {
        // The record ends it, or, if that fails on its way to this layer, its close.
        layer.end_at_close(dispatch, ends);
    }
    is_read.then_some(layer.number)
}

fn lost(dispatch: &Dispatch, ends: &Ends) {
    if let Some(layer) = dispatch.downcast_ref::<LlmLayer>() {
        layer.end_at_close(dispatch, ends);
    }
}

impl LlmLayer {
    /// Has a call end when it closes, if it has not ended before.
    #[cold]
    fn end_at_close(&self, dispatch: &Dispatch, ends: &Ends) {
        note(&self.ends_at_close);
        if ends.heard.layer == self.number
            && let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(&ends.span))
            && let Some(callsite) = self.callsites.at(ends.heard.callsite)
        {
            self.keep_whole(&span, callsite, &ends.heard, ends.started);
        }
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
