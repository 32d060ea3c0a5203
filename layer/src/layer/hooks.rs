//! What the layer does when spans begin, are entered and left, are recorded on, and close.

use std::{sync::atomic::Ordering, time::Instant};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    LlmLayer,
    beside::Beside,
    callsite::{Callsite, Sort},
    conclude::Place,
    difference::begin_like_first,
    kept::{Ended, Kept, States},
    measure::SitePlan,
    note, outside,
    state::State,
};
use crate::{
    call::stamp::{self, Heard, Starting, Telling},
    guard, ids,
};

impl<S> Layer<S> for LlmLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.register(dispatch);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if !outside::hears(self, metadata) && metadata.is_span() {
            self.callsite(metadata);
        }
        // Never `never`: it would switch the callsite off for every layer.
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let starting = stamp::started(attributes.metadata());
        let Some((number, callsite)) = self.callsite_of_new(attributes, starting.as_ref()) else { return };
        self.note(callsite);
        let is_alone = !callsite.may_count || self.keep_above(attributes, id, &context);
        if starting.is_some_and(|starting| self.hears(callsite, number, &starting, is_alone)) {
            return;
        }
        let state = self.state_of_new(callsite, attributes, starting.as_ref());
        if let Some(span) = context.span(id) {
            self.keep(&span, Kept { wants_ids: self.ends_late(callsite), ..Kept::new(state) });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let find = || context.span(id);
        let heard = stamp::heard(id, self.number);
        let Some(callsite) = self.callsite_of_recorded(heard.as_ref(), || Some(find()?.metadata())) else { return };
        // What other layers record meanwhile is no end.
        let is_end = callsite.is_end(values);
        let is_read = is_end && stamp::arrive(id, self.number);
        let mut ended = None;
        if let Some((heard, started)) = heard.filter(|_| is_end) {
            // Others may record the outcome again meanwhile: it ends once.
            stamp::end_heard();
            let place = Place { id, context: &context, is_alone: heard.is_alone };
            if is_read && self.end_unkept(&place, callsite) {
                return;
            }
            let Some(span) = find() else { return };
            self.keep_whole(&span, callsite, &heard, started);
            self.read_on(&span, callsite, (values, is_end), &mut ended);
            // An outcome that was recorded by hand could not end it: it was not known how the call began.
            if ended.is_none() {
                self.kept_of(&span, |kept| {
                    let is_told = kept.state.outcome.is_some() && kept.is_open();
                    ended = is_told.then(|| kept.end(&self.schema));
                });
            }
        } else {
            let Some(span) = find() else { return };
            if is_read {
                self.kept_of(&span, |kept| ended = Some(kept.end(&self.schema)));
            } else {
                self.read_on(&span, callsite, (values, is_end), &mut ended);
            }
        }
        if let Some(Ended { state, own, at }) = &ended {
            self.conclude(&Place { id, context: &context, is_alone: false }, callsite, state, *own, *at);
        }
    }

    // What is rare stands apart, in both: spans are entered at each chunk of a stream, and each poll of a future.

    #[inline]
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if self.is_timed || self.foreign.load(Ordering::Relaxed) || !self.dispatch.is_known() {
            self.entered(id, context);
        }
    }

    #[inline]
    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if self.is_timed {
            self.exited(id, context);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.engine.is_some()
            && *event.metadata().level() == Level::ERROR
            && let Some(span) = context.event_span(event)
        {
            self.kept_of(&span, |kept| kept.state.erred = true);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let has_lost = self.lost.load(Ordering::Relaxed) != 0;
        if self.is_found.load(Ordering::Relaxed) && !self.ends_at_close.load(Ordering::Relaxed) && !has_lost {
            return;
        }
        let Some(span) = context.span(&id) else { return };
        let matters = |kept: &Kept| kept.is_open() || kept.is_lost;
        if span.extensions().get::<States>().and_then(|states| states.of(self.number)).is_some_and(matters) {
            let ended = self.kept_of(&span, |kept| {
                if std::mem::take(&mut kept.is_lost) {
                    self.lost.fetch_sub(1, Ordering::Relaxed);
                }
                kept.is_open().then(|| kept.end(&self.schema))
            });
            if let (Some(Ended { state, own, at }), Some((_, callsite))) = (ended.flatten(), self.callsite(span.metadata())) {
                let place = Place { id: &id, context: &context, is_alone: false };
                self.conclude(&place, callsite, &state, own, at);
            }
        }
    }
}

impl LlmLayer {
    /// The callsite of a span that begins.
    #[inline]
    fn callsite_of_new(&self, attributes: &Attributes<'_>, starting: Option<&Starting>) -> Option<(u32, &Callsite)> {
        match starting {
            Some(starting) => self.callsite_by(starting.first(), attributes.metadata()),
            None => self.callsite(attributes.metadata()),
        }
    }

    /// The callsite of a span that something is recorded on; a call that was heard knows it by its number.
    #[inline]
    fn callsite_of_recorded(
        &self,
        heard: Option<&(Heard, Instant)>,
        metadata: impl FnOnce() -> Option<&'static Metadata<'static>>,
    ) -> Option<&Callsite> {
        match heard {
            Some((heard, _)) => self.callsites.at(heard.callsite),
            None => self.callsite(metadata()?).map(|(_, callsite)| callsite),
        }
    }

    /// What is recorded of a span that begins.
    fn state_of_new(&self, callsite: &Callsite, attributes: &Attributes<'_>, starting: Option<&Starting>) -> State {
        if starting.is_none() && !callsite.plan.is_probe {
            note(&self.ends_at_close);
        }
        let started = starting.map_or_else(Instant::now, |starting| starting.started);
        let mut state = State::new(started, beside_of(callsite));
        // Outside of any lock: a `Debug` of the user's may open spans.
        match starting {
            Some(starting) if callsite.may_be_like_first(starting.is_all) && starting.telling != Telling::Other => {
                let difference = self.difference_of(callsite, starting);
                if !difference.is_some_and(|difference| begin_like_first(&mut state, callsite, &difference, started)) {
                    attributes.record(&mut self.reader(callsite, &mut state));
                    callsite.remember(&state, starting.telling == Telling::Same);
                }
            }
            _ => attributes.record(&mut self.reader(callsite, &mut state)),
        }
        if callsite.site.as_ref().is_some_and(SitePlan::counts_open) {
            guard::run(|| self.begin(callsite, &mut state));
        }
        state
    }

    /// Reads what was recorded on; all that was, if it ends the call. `ended` is the caller's: what a call leaves is large, and is moved once.
    fn read_on<'a, S: LookupSpan<'a>>(
        &self,
        span: &SpanRef<'a, S>,
        callsite: &Callsite,
        (values, is_end): (&Record<'_>, bool),
        ended: &mut Option<Ended>,
    ) {
        // Outside of any lock: a `Debug` of the user's may open spans. What the call itself records has none.
        let is_its_own = is_end && stamp::is_recording(&span.id());
        let mut later = (!is_its_own).then(|| State::new(self.made, beside_of(callsite)));
        if let Some(later) = &mut later {
            values.record(&mut self.reader(callsite, later));
        }
        self.keep_what_comes(span, callsite);
        self.kept_of(span, |kept| {
            let state = &mut kept.state;
            // One that was told when the span began is the outcome of a span that ends when it closes.
            let was_told = state.outcome.is_some();
            match &mut later {
                Some(later) => state.merge(later, &self.schema, &self.interner),
                None => values.record(&mut self.reader(callsite, state)),
            }
            if !was_told && state.outcome.is_some() && kept.is_open() {
                *ended = Some(kept.end(&self.schema));
            }
        });
    }

    fn note(&self, callsite: &Callsite) {
        if self.ends_late(callsite) {
            note(&self.foreign);
        }
        if callsite.plan.is_probe {
            crate::doctor::arrived();
            crate::doctor::asks_for(self.ids);
        }
    }

    /// Notes when a span is entered, where a rule asks for it. Spans of others are checked when they close, when OpenTelemetry may have
    /// forgotten their ids: these are asked for at the first enter that has some.
    #[inline(never)]
    #[expect(clippy::needless_pass_by_value, reason = "by reference, it would have to be put into memory at each enter and exit")]
    fn entered<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &Id, context: Context<'_, S>) {
        self.dispatch.adopt(self);
        if !self.is_timed && !self.foreign.load(Ordering::Relaxed) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let wants_ids = self.kept_of(&span, |kept| {
            if let Some(beside) = kept.state.beside.as_mut().filter(|_| self.is_timed) {
                beside.enter(Instant::now());
            }
            kept.wants_ids
        });
        if wants_ids == Some(true) && ids::of_span(&span, self.ids, &self.dispatch).is_some() {
            self.kept_of(&span, |kept| kept.wants_ids = false);
        }
    }

    /// Notes when a span is left.
    #[inline(never)]
    #[expect(clippy::needless_pass_by_value, reason = "by reference, it would have to be put into memory at each enter and exit")]
    fn exited<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        self.kept_of(&span, |kept| kept.state.beside.as_mut().map(|beside| beside.times.exit(Instant::now())));
    }

    /// Whether its spans end only when they close, and their ids are asked for then: by a finding, or by a sink of metrics.
    fn ends_late(&self, callsite: &Callsite) -> bool {
        let Sort { plan, site, .. } = &**callsite;
        let is_told = site.is_some() && self.engine.as_ref().is_some_and(|engine| engine.wants_ids);
        !plan.has_outcome && (plan.is_checked || is_told)
    }
}

fn beside_of(callsite: &Callsite) -> Option<Box<Beside>> {
    callsite.site.as_ref().and_then(SitePlan::beside)
}
