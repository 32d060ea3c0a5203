//! Calls that begin as their callsite's first one did: nothing is kept of them while they are under way, as keeping it costs more than all
//! checks. Such a call tells at its end how it was heard.
//!
//! What comes to be known of one meanwhile is kept from then on: what the calls below it have counted, what is recorded on its span by others.

use std::{cell::Cell, sync::atomic::Ordering, time::Instant};

use llm_span_contract::stamp::{FIELDS, Field};
use tracing::{Id, Metadata, Subscriber, span::Attributes};
use tracing_subscriber::{
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    LlmLayer,
    apart::begin_like_first,
    callsite::Callsite,
    conclude::Place,
    kept::{Kept, Own, States},
    note,
    state::State,
};
use crate::{
    call::stamp::{self, Ends, Heard, Stamp, Starting},
    guard,
};

/// The end of a call that was read, and waits for its record.
pub(super) struct Read {
    layer: u32,
    span: u64,
    is_waiting: bool,
    state: State,
}

impl Read {
    fn new(now: Instant) -> Self {
        Self { layer: 0, span: 0, is_waiting: false, state: State::new(now, None) }
    }
}

thread_local! {
    /// Kept for the next call, as it is large. While a record is under way, a call that ends meanwhile is visited.
    static READ: Cell<Option<Box<Read>>> = const { Cell::new(None) };
}

/// Takes what was read of that span's end by that layer.
fn take(span: &Id, layer: u32) -> Option<Box<Read>> {
    let read = READ.try_with(Cell::take).ok().flatten()?;
    if read.is_waiting && read.span == span.into_u64() && read.layer == layer {
        return Some(read);
    }
    put(read);
    None
}

fn put(read: Box<Read>) {
    let _ = READ.try_with(|kept| kept.set(Some(read)));
}

impl LlmLayer {
    /// Whether the call that begins tells at its end what there is to know of its beginning.
    #[inline]
    pub(super) fn hears(&self, callsite: &Callsite, number: u32, starting: &Starting, is_alone: bool) -> bool {
        // A layer that its subscriber does not show is not told.
        if !self.is_found.load(Ordering::Relaxed) {
            return false;
        }
        let apart = self.apart_of(callsite, starting);
        apart.is_some_and(|apart| stamp::hear(Heard { layer: self.number, callsite: number, apart, is_alone }))
    }

    /// Reads what a call tells at its end; whether its record needs not be visited.
    #[inline]
    pub(super) fn read_unkept(&self, callsite: &Callsite, ends: &Ends, stamps: &[(Field, Stamp<'_>)]) -> bool {
        let Ok(read) = READ.try_with(Cell::take) else { return false };
        let mut read = read.unwrap_or_else(|| Box::new(Read::new(self.made)));
        // Of a record under way around this one.
        let is_read = !read.is_waiting && {
            (read.layer, read.span) = (self.number, ends.span.into_u64());
            read.is_waiting = begin_like_first(&mut read.state, callsite, &ends.heard.apart, ends.started)
                && self.read_all(callsite, stamps, &mut read.state);
            read.is_waiting
        };
        put(read);
        is_read
    }

    /// Ends a call of which nothing is kept, if that is so; whether it is.
    pub(super) fn end_unkept<S: Subscriber + for<'l> LookupSpan<'l>>(
        &self,
        span: &Place<'_, '_, S>,
        callsite: &Callsite,
    ) -> bool {
        let Some(mut read) = take(span.id, self.number) else { return false };
        read.is_waiting = false;
        let now = Instant::now();
        let own = self.settle(span, &read.state, now);
        if let Some(own) = own {
            self.conclude(span, callsite, &read.state, own, now);
        }
        put(read);
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
        let kept = if self.keeps_on.load(Ordering::Relaxed) { span.find() } else { None };
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
        let mut whole = match take(&span.id(), self.number) {
            Some(mut read) => read.state.take(),
            None => State::new(started, None),
        };
        if whole.outcome.is_none() && !begin_like_first(&mut whole, callsite, &heard.apart, started) {
            return;
        }
        self.keep_from_now_on(span, callsite);
        self.kept_of(span, |kept| {
            if !kept.is_whole {
                whole.merge(&mut kept.state, &self.schema, &self.interner);
                kept.state = whole;
                kept.is_whole = true;
            }
        });
    }

    /// Keeps of a call what comes now, if nothing is kept of it.
    pub(super) fn keep_from_now_on<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, callsite: &Callsite) {
        if callsite.first().is_some() && !self.keeps(span) {
            self.keep_on(span);
        }
    }

    fn keep_on<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) {
        note(&self.keeps_on);
        let mut extensions = span.extensions_mut();
        match extensions.get_mut::<States>() {
            // Another thread was faster.
            Some(states) if states.of(self.number).is_some() => {}
            Some(states) => states.add(self.number, Kept::since(self.made)),
            None => extensions.insert(States::new(self.number, Kept::since(self.made))),
        }
    }

    /// A span begins that may tell tokens: has the call that it is below keep what is counted there. Whether nothing is kept of any above.
    #[inline]
    pub(super) fn keep_above<S>(&self, attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let current = attributes.is_contextual().then(|| context.current_span());
        let Some(parent) = attributes.parent().or_else(|| current.as_ref()?.id()) else { return true };
        // One that a filter hides from this layer may be below a call all the same.
        let next = context.span(parent).or_else(|| context.span(id)?.parent());
        // What others have left in a span may be broken.
        next.is_none_or(|next| guard::run(|| self.keep_from(next)) == Some(true))
    }

    fn keep_from<'a, S: LookupSpan<'a>>(&self, parent: SpanRef<'a, S>) -> bool {
        let mut is_alone = true;
        let mut next = Some(parent);
        while let Some(span) = next {
            let keeps = self.keeps(&span);
            is_alone &= !keeps;
            if is_call(span.metadata()) {
                if !keeps {
                    self.keep_on(&span);
                }
                // Those above it were asked when it began.
                return false;
            }
            next = span.parent();
        }
        is_alone
    }

    /// A look, which does not shut others out.
    fn keeps<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) -> bool {
        span.extensions().get::<States>().is_some_and(|states| states.of(self.number).is_some())
    }
}

/// Whether a span is that of a call, at a glance: calls have all fields that the contracts stamp, and those first.
fn is_call(metadata: &Metadata<'_>) -> bool {
    let fields = metadata.fields();
    fields.len() >= FIELDS.len() && fields.iter().next().is_some_and(|first| first.name() == FIELDS[0])
}
