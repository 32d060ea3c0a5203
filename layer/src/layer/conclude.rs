//! What becomes of a span that has ended: it is measured, and what is wrong with it is reported.

use std::{cell::Cell, time::Instant};

use llm_span_contract::{Finding, Outcome};
use tracing::Metadata;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::{
    LlmLayer,
    callsite::Callsite,
    measure::{Counts, Measured},
    schema,
    state::{Ended, State, States},
    verdict,
};
use crate::{call::stamp, findings::SpanFinding, guard, ids, once::cost::Tokens};

impl LlmLayer {
    /// The span has ended: measures it, and reports what is wrong with it.
    pub(super) fn conclude<'a, S: LookupSpan<'a>>(
        &self,
        span: &SpanRef<'a, S>,
        callsite: &Callsite,
        ended: &Ended,
        now: Instant,
    ) {
        let state = &ended.state;
        let applying = if callsite.plan.is_checked { self.schema.applying(callsite.plan.named, state.present) } else { 0 };
        if applying == 0 && callsite.site.is_none() {
            return;
        }
        let failed = state.failed || self.schema.has(state.present, self.schema.error_type);
        let outcome = state.outcome.unwrap_or(if failed { Outcome::Error } else { Outcome::Ok });
        let counts = self.first_to_count(span, ended, outcome == Outcome::Ok);
        if let (Some(engine), Some(site)) = (&self.engine, &callsite.site) {
            let outcome = if state.outcome.is_none() && state.erred { Outcome::Error } else { outcome };
            let is_recording = stamp::is_recording(&span.id());
            let measured = Measured { state, outcome: Some(outcome), now, counts, is_recording, outcomes: &self.outcomes };
            // Apart from the checks: neither takes the other along.
            guard::run(|| engine.measure(site, &measured, &self.interner, || ids::of_span(span, self.ids, &self.dispatch)));
        }
        if applying != 0 && !self.schema.is_clean(applying, outcome, state, &self.interner) {
            self.report(span, state, outcome);
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

    /// Tells the calls around this one what it counts; unless one of them that has ended already has counted it.
    fn first_to_count<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, ended: &Ended, succeeded: bool) -> Counts {
        let (mut used, mut cost, mut tokens) = (ended.used, ended.cost, ended.tokens);
        let mut next = span.parent();
        while let Some(ancestor) = next.filter(|_| used.is_some() || cost.is_some()) {
            // A look first: most ancestors are no calls, and a look does not shut others out.
            let is_call = ancestor.extensions().get::<States>().is_some();
            if is_call
                && let Some(kept) = ancestor.extensions_mut().get_mut::<States>().and_then(|states| states.of_mut(self.number))
            {
                if kept.finished && used.is_some_and(|used| kept.once.take_own(used)) {
                    (used, tokens) = (None, Tokens::Repeated);
                }
                cost = cost.filter(|cost| !(kept.finished && kept.costs.take_own(*cost, tokens)));
                if let Some(used) = used {
                    kept.once.note_below(used, succeeded);
                }
                if let Some(cost) = cost {
                    kept.costs.note_below(cost);
                }
            }
            next = ancestor.parent();
        }
        // What is told by other attributes than the contracts' own can't be compared: it is the span's own.
        Counts {
            tokens: used.is_some() || tokens == Tokens::Unknown,
            cost: cost.is_some() || ended.state.first(&self.schema.cost).is_none(),
        }
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
