//! What is set when a call ends, in one record: fields recorded twice are exported twice.

use std::borrow::Cow;

use llm_span_contract::{
    Operation, Outcome,
    stamp::{FIELDS, Field, MAX_EXTRA_FIELDS},
};

use super::{Slots, recording, set, some};
use crate::{
    call::{Open, beside::Models, late::Recorded, site::Naming, tally::Spent},
    content, json_text,
    usage::{Report, Response, Usage},
};

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::call) struct Ending<'a> {
    pub(in crate::call) outcome: Outcome,
    pub(in crate::call) error_type: Option<&'a str>,
}

/// Records how a call ended.
pub(in crate::call) fn finish(open: &Open, ending: Ending<'_>, report: Report<'_>, late: Option<Recorded>) {
    let Open { site, span, .. } = open;
    let Recorded { report: late, model, times } = late.unwrap_or_default();
    let mut report = both(late, report);
    // Before anything is estimated: what is so by its kind is no estimate.
    report.usage = report.usage.map(|usage| complete(site.operation, usage));
    let told = Told::of(open, ending, &report, model.as_deref());
    let mut slots = told.slots(site.operation.counts_tokens());

    let output = site.output.zip(report.output.as_ref());
    let output = output.and_then(|(field, text)| Some((field, content::prepared(site.own_key(field), text)?)));
    if let Some((field, text)) = output.as_ref().filter(|_| content::mode().on_span()) {
        slots[FIELDS.len() + field] = Some(text);
    }
    recording(span, times.into_gaps(), || site.record(span, &slots[..site.fields()]));
    if let Some((field, text)) = output.filter(|_| content::mode().in_event()) {
        content::emit(span, site.own_key(field), &text);
    }
}

/// All that is recorded, each as it is recorded.
struct Told<'a> {
    usage: Usage,
    total: Option<i64>,
    output: Option<i64>,
    estimated: Option<bool>,
    invalid: Option<String>,
    cost: Option<f64>,
    model: Option<&'a str>,
    name: Option<String>,
    response_model: Option<&'a str>,
    response_id: Option<&'a str>,
    reasons: Option<String>,
    stream: Option<bool>,
    chunks: Option<i64>,
    first_chunk: Option<f64>,
    outcome: &'static str,
    error_type: Option<&'a str>,
    status: Option<&'static str>,
}

impl<'a> Told<'a> {
    fn of(open: &Open, ending: Ending<'a>, report: &'a Report<'_>, model: Option<&'a str>) -> Self {
        let Open { site, beside, started, .. } = open;
        let usage = report.counts();
        let models = Models { requested: model, responded: report.response.model.as_deref() };
        let spent = beside.as_ref().map(|beside| beside.spent(usage, site.operation.counts_tokens(), models, ending.outcome));
        let Spent { usage, cost } = spent.unwrap_or(Spent { usage, cost: None });
        let name = model.filter(|_| site.naming == Naming::Model);
        let first_chunk = report.streamed.and_then(|streamed| streamed.first);
        Self {
            usage,
            total: usage.total(),
            // AMTP wants the 0 of embeddings, the conventions know no output of them.
            output: usage.completion.filter(|_| site.operation != Operation::Embeddings),
            estimated: usage.estimated.then_some(true),
            invalid: (!usage.invalid.is_empty()).then(|| usage.invalid.to_string()),
            cost,
            model,
            name: name.map(|model| format!("{} {model}", site.operation.name())),
            response_model: report.response.model.as_deref(),
            response_id: report.response.id.as_deref(),
            reasons: reasons(&report.response.finish_reasons),
            stream: report.streamed.is_some().then_some(true),
            chunks: report.streamed.map(|streamed| i64::try_from(streamed.chunks).unwrap_or(i64::MAX)),
            first_chunk: first_chunk.map(|first| first.saturating_duration_since(*started).as_secs_f64()),
            outcome: ending.outcome.name(),
            error_type: ending.error_type,
            status: ending.outcome.is_failure().then_some("ERROR"),
        }
    }

    fn slots(&self, is_model_call: bool) -> Slots<'_> {
        let mut slots: Slots<'_> = [None; FIELDS.len() + MAX_EXTRA_FIELDS];
        if is_model_call {
            set(&mut slots, Field::TokensPrompt, some(&self.usage.prompt));
            set(&mut slots, Field::TokensCompletion, some(&self.usage.completion));
            set(&mut slots, Field::TokensTotal, some(&self.total));
            set(&mut slots, Field::Model, some(&self.model));
        }
        set(&mut slots, Field::InputTokens, some(&self.usage.prompt));
        set(&mut slots, Field::OutputTokens, some(&self.output));
        set(&mut slots, Field::CacheReadTokens, some(&self.usage.cache_read));
        set(&mut slots, Field::CacheCreationTokens, some(&self.usage.cache_write));
        set(&mut slots, Field::CacheWriteTokens, some(&self.usage.cache_write));
        set(&mut slots, Field::ReasoningTokens, some(&self.usage.reasoning));
        set(&mut slots, Field::AudioInputTokens, some(&self.usage.audio_prompt));
        set(&mut slots, Field::AudioOutputTokens, some(&self.usage.audio_completion));
        set(&mut slots, Field::UsageEstimated, some(&self.estimated));
        set(&mut slots, Field::UsageInvalid, some(&self.invalid));
        set(&mut slots, Field::Cost, some(&self.cost));
        set(&mut slots, Field::RequestModel, some(&self.model));
        set(&mut slots, Field::OtelName, some(&self.name));
        set(&mut slots, Field::ResponseModel, some(&self.response_model));
        set(&mut slots, Field::ResponseId, some(&self.response_id));
        set(&mut slots, Field::FinishReasons, some(&self.reasons));
        set(&mut slots, Field::RequestStream, some(&self.stream));
        set(&mut slots, Field::StreamChunks, some(&self.chunks));
        set(&mut slots, Field::TimeToFirstChunk, some(&self.first_chunk));
        set(&mut slots, Field::Outcome, Some(&self.outcome));
        set(&mut slots, Field::ErrorType, some(&self.error_type));
        set(&mut slots, Field::OtelStatusCode, some(&self.status));
        slots
    }
}

/// What the body recorded holds before what the response reports.
fn both<'a>(late: Report<'static>, report: Report<'a>) -> Report<'a> {
    if late == Report::default() {
        return report;
    }
    let counts = |late: Option<Usage>, reported: Option<Usage>| match (late, reported) {
        (Some(late), Some(reported)) => Some(late.or(reported)),
        (late, reported) => late.or(reported),
    };
    let reasons =
        if late.response.finish_reasons.is_empty() { report.response.finish_reasons } else { late.response.finish_reasons };
    Report {
        usage: counts(late.usage, report.usage),
        // Each told a part.
        estimate: match (late.estimate, report.estimate) {
            (Some(late), Some(reported)) => Some(late.plus(reported)),
            (late, reported) => late.or(reported),
        },
        output: late.output.or(report.output),
        streamed: late.streamed.or(report.streamed),
        response: Response {
            model: late.response.model.or(report.response.model),
            id: late.response.id.or(report.response.id),
            finish_reasons: reasons,
        },
    }
}

/// Embeddings have no output: their completion is a true 0.
fn complete(operation: Operation, mut usage: Usage) -> Usage {
    if operation == Operation::Embeddings && usage.prompt.is_some() {
        usage.completion = usage.completion.or(Some(0));
    }
    usage
}

/// Why the choices stopped, as the text of a JSON array; `None` where none has told. Of choices some of which have not, the
/// conventions say `error`.
fn reasons(reasons: &[Cow<'_, str>]) -> Option<String> {
    if reasons.iter().all(|reason| reason.is_empty()) {
        return None;
    }
    let told: Vec<&str> = reasons.iter().map(|reason| if reason.is_empty() { "error" } else { reason }).collect();
    json_text::list(&told)
}
