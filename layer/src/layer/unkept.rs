//! Calls that begin as their callsite's first one did: nothing is kept of them while they are under way, as keeping it costs more than all
//! checks. Such a call tells at its end how it was heard.
//!
//! What comes to be known of one meanwhile is kept from then on: what the calls below it have counted, what is recorded on its span by others.

use std::{sync::atomic::Ordering, time::Instant};

use llm_span_contract::stamp::Field;
use tracing::Subscriber;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::{
    LlmLayer,
    callsite::Callsite,
    conclude::Place,
    difference::begin_like_first,
    kept::{Kept, Own, States},
    note,
    state::State,
    waiting,
};
use crate::call::stamp::{self, Ends, Heard, Stamp, Starting};

impl LlmLayer {
    /// Whether the call that begins tells at its end what there is to know of its beginning.
    #[inline]
    pub(super) fn hears(&self, callsite: &Callsite, number: u32, starting: &Starting, is_alone: bool) -> bool {
        // A layer that its subscriber does not show is not told.
        if !self.is_found.load(Ordering::Relaxed) {
            return false;
        }
        let difference = self.difference_of(callsite, starting);
        difference.is_some_and(|difference| stamp::hear(Heard { layer: self.number, callsite: number, difference, is_alone }))
    }

    /// Reads what a call tells at its end; whether its record needs not be visited.
    #[inline]
    pub(super) fn read_unkept(&self, callsite: &Callsite, ends: &Ends, stamps: &[(Field, Stamp<'_>)]) -> bool {
        let Some(mut end) = waiting::new(&ends.span, self.number, self.made) else { return false };
        end.is_read = begin_like_first(&mut end.state, callsite, &ends.heard.difference, ends.started)
            && self.read_all(callsite, stamps, &mut end.state);
        let is_read = end.is_read;
        waiting::put(end);
        is_read
    }

    /// Ends a call of which nothing is kept, if that is so; whether it is.
    pub(super) fn end_unkept<S: Subscriber + for<'l> LookupSpan<'l>>(
        &self,
        span: &Place<'_, '_, S>,
        callsite: &Callsite,
    ) -> bool {
        let Some(mut end) = waiting::take(span.id, self.number) else { return false };
        end.is_read = false;
        let now = Instant::now();
        let own = self.settle(span, &end.state, now);
        if let Some(own) = own {
            self.conclude(span, callsite, &end.state, own, now);
        }
        waiting::put(end);
        own.is_some()
    }

    /// What a call that ends now has used itself; `None` where something was recorded on it meanwhile.
    #[inline]
    fn settle<S: Subscriber + for<'l> LookupSpan<'l>>(
        &self,
        span: &Place<'_, '_, S>,
        state: &State,
        now: Instant,
    ) -> Option<Own> {
        let kept = if self.keeps_some.load(Ordering::Relaxed) { span.find() } else { None };
        let settled = kept.and_then(|span| {
            self.kept_of(&span, |kept| {
                kept.is_blank().then(|| {
                    kept.ended = Some(now);
                    kept.below.settle(state, &self.schema)
                })
            })
        });
        settled.unwrap_or_else(|| Some(Own::alone(state, &self.schema)))
    }

    /// Keeps a call from its beginning, with what was recorded since; with its end, if that was read and its record has not come.
    #[cold]
    pub(super) fn keep_whole<'a, S: LookupSpan<'a>>(
        &self,
        span: &SpanRef<'a, S>,
        callsite: &Callsite,
        heard: &Heard,
        started: Instant,
    ) {
        let mut whole = match waiting::take(&span.id(), self.number) {
            Some(mut end) => end.state.take(),
            None => State::new(started, None),
        };
        if whole.outcome.is_none() && !begin_like_first(&mut whole, callsite, &heard.difference, started) {
            return;
        }
        self.keep_what_comes(span, callsite);
        self.kept_of(span, |kept| {
            if !kept.is_whole {
                whole.merge(&mut kept.state, &self.schema, &self.interner);
                kept.state = whole;
                kept.is_whole = true;
            }
        });
    }

    /// Keeps of a call what comes now, if nothing is kept of it.
    pub(super) fn keep_what_comes<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, callsite: &Callsite) {
        if callsite.first().is_some() && !self.is_kept(span) {
            self.begin_to_keep(span);
        }
    }

    pub(super) fn begin_to_keep<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) {
        note(&self.keeps_some);
        let mut extensions = span.extensions_mut();
        match extensions.get_mut::<States>() {
            // Another thread was faster.
            Some(states) if states.of(self.number).is_some() => {}
            Some(states) => states.add(self.number, Kept::since(self.made)),
            None => extensions.insert(States::new(self.number, Kept::since(self.made))),
        }
    }

    /// Whether something is kept of a span: a look, which does not shut others out.
    pub(super) fn is_kept<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) -> bool {
        span.extensions().get::<States>().is_some_and(|states| states.of(self.number).is_some())
    }
}
