//! What becomes of a span that has ended: it is measured, and what is wrong with it is reported.

use std::{cell::Cell, time::Instant};

use llm_span_contract::{Finding, Outcome};
use tracing::{Id, Metadata, Subscriber};
use tracing_subscriber::{
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    LlmLayer,
    callsite::Callsite,
    kept::{Own, States},
    measure::{Counts, Measured},
    schema,
    state::State,
    verdict,
};
use crate::{call::stamp, findings::SpanFinding, guard, ids, once::cost::Tokens};

/// A span that has ended; it is looked for where it is asked for.
pub(super) struct Place<'i, 'c, S> {
    pub(super) id: &'i Id,
    pub(super) context: &'i Context<'c, S>,
    /// Whether nothing is kept of any span above it.
    pub(super) is_alone: bool,
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Place<'_, '_, S> {
    pub(super) fn find(&self) -> Option<SpanRef<'_, S>> {
        self.context.span(self.id)
    }
}

impl LlmLayer {
    /// The span has ended: measures it, and reports what is wrong with it.
    pub(super) fn conclude<S: Subscriber + for<'l> LookupSpan<'l>>(
        &self,
        span: &Place<'_, '_, S>,
        callsite: &Callsite,
        state: &State,
        own: Own,
        now: Instant,
    ) {
        let applying = if callsite.plan.is_checked { self.schema.applying(callsite.plan.named, state.present) } else { 0 };
        if applying == 0 && callsite.site.is_none() {
            return;
        }
        let failed = state.failed || self.schema.has(state.present, self.schema.error_type);
        let outcome = state.outcome.unwrap_or(if failed { Outcome::Error } else { Outcome::Ok });
        let told = || self.first_to_count(span, own, state.started, outcome == Outcome::Ok);
        let own = if span.is_alone { own } else { guard::run(told).unwrap_or(own) };
        // What is told by other attributes than the contracts' own can't be compared: it is the span's own.
        let counts = Counts {
            tokens: own.used.is_some() || own.tokens == Tokens::Unknown,
            cost: own.cost.is_some() || state.first(&self.schema.cost).is_none(),
        };
        if let (Some(engine), Some(site)) = (&self.engine, &callsite.site) {
            let outcome = if state.outcome.is_none() && state.erred { Outcome::Error } else { outcome };
            let is_recording = stamp::is_recording(span.id);
            let measured = Measured { state, outcome: Some(outcome), now, counts, is_recording, outcomes: &self.outcomes };
            // Apart from the checks: neither takes the other along.
            let ids = || ids::of_span(&span.find()?, self.ids, &self.dispatch);
            guard::run(|| engine.measure(site, &measured, &self.interner, ids));
        }
        if applying != 0 && !self.schema.is_clean(applying, outcome, state, &self.interner) {
            guard::run(|| span.find().map(|span| self.report(&span, state, outcome)));
        }
    }

    /// The span begins: it is a part of sums while it is open, or waits.
    pub(super) fn begin(&self, callsite: &Callsite, state: &mut State) {
        let (Some(engine), Some(site)) = (&self.engine, &callsite.site) else { return };
        let nothing = Counts { tokens: false, cost: false };
        let (now, outcomes) = (state.started, &self.outcomes);
        let measured = Measured { state, outcome: None, now, counts: nothing, is_recording: false, outcomes };
        let held = engine.begin(site, &measured, &self.interner);
        if let Some(beside) = &mut state.beside {
            beside.hold(held);
        }
    }

    /// Tells the calls around this one what it counts; unless one of them that has ended while it was under way has counted it. What is
    /// left.
    fn first_to_count<S: Subscriber + for<'l> LookupSpan<'l>>(
        &self,
        span: &Place<'_, '_, S>,
        own: Own,
        started: Instant,
        succeeded: bool,
    ) -> Own {
        let Own { mut used, mut cost, mut tokens } = own;
        let mut next = span.find().and_then(|span| span.parent());
        while let Some(ancestor) = next.filter(|_| used.is_some() || cost.is_some()) {
            // A look first: most ancestors are no calls, and a look does not shut others out.
            let is_call = ancestor.extensions().get::<States>().is_some();
            if is_call
                && let Some(kept) = ancestor.extensions_mut().get_mut::<States>().and_then(|states| states.of_mut(self.number))
            {
                // Nobody passes on what is not used yet.
                let has_ended = kept.ended.is_some_and(|ended| started < ended);
                if has_ended && used.is_some_and(|used| kept.below.once.take_own(used)) {
                    (used, tokens) = (None, Tokens::Repeated);
                }
                cost = cost.filter(|cost| !(has_ended && kept.below.costs.take_own(*cost, tokens)));
                if let Some(used) = used {
                    kept.below.once.note_below(used, succeeded);
                }
                if let Some(cost) = cost {
                    kept.below.costs.note_below(cost);
                }
            }
            next = ancestor.parent();
        }
        Own { used, cost, tokens }
    }

    #[cold]
    fn report<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, state: &State, outcome: Outcome) {
        let findings = verdict::findings(&self.schema, &self.interner, span.name(), state);
        if findings.is_empty() {
            return;
        }
        let ids = ids::of_span(span, self.ids, &self.dispatch);
        let (file, line) = self.place(span.metadata(), state);
        for finding in findings {
            self.count(&finding, Some(span.name()));
            self.accept(&SpanFinding {
                finding,
                span: Some(span.name()),
                file: file.clone(),
                line,
                outcome: Some(outcome),
                trace_id: ids.map(|ids| String::from_utf8_lossy(ids.trace_id_hex()).into_owned()),
                span_id: ids.map(|ids| String::from_utf8_lossy(ids.span_id_hex()).into_owned()),
            });
        }
    }

    /// Where the call stands: what the span says of it, else where its callsite is.
    fn place(
        &self,
        metadata: &'static Metadata<'static>,
        state: &State,
    ) -> (Option<std::borrow::Cow<'static, str>>, Option<u32>) {
        let slot = |key| self.schema.slot(key).map(|slot| &self.schema.slots[usize::from(slot)]);
        let file = slot(schema::CODE_FILE).and_then(|slot| slot.symbol);
        let file = file.and_then(|place| self.interner.text(state.symbols[usize::from(place)]));
        match file {
            Some(file) => {
                let line = slot(schema::CODE_LINE).and_then(|slot| slot.int).map(|place| state.ints[usize::from(place)]);
                (Some(file.to_string().into()), line.and_then(|line| u32::try_from(line).ok()))
            }
            None => (metadata.file().map(Into::into), metadata.line()),
        }
    }

    fn count(&self, finding: &Finding, span: Option<&str>) {
        if let Some(engine) = &self.engine {
            engine.count_violation(finding, span);
        }
    }

    /// Hands a finding to the sink, which is the user's: it may panic, and make calls of its own, whose findings it does not get.
    fn accept(&self, finding: &SpanFinding) {
        thread_local!(static ACCEPTING: Cell<bool> = const { Cell::new(false) });
        let _ = ACCEPTING.try_with(|accepting| {
            if !accepting.replace(true) {
                guard::run(|| self.findings.accept(finding));
                accepting.set(false);
            }
        });
    }

    /// Hands on a finding that no span stands for.
    pub(super) fn report_without_span(&self, finding: Finding, file: &'static str, line: u32) {
        self.count(&finding, None);
        self.accept(&SpanFinding {
            finding,
            span: None,
            file: Some(file.into()),
            line: Some(line),
            outcome: None,
            trace_id: None,
            span_id: None,
        });
    }
}
