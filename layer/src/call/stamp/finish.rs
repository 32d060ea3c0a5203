//! What is set when a call ends, in one record: fields recorded twice are exported twice.

use std::borrow::Cow;

use llm_span_contract::{Operation, Outcome, stamp::Field};
use tracing::field::Value;

use super::{
    recording,
    value::{Stamps, with_values},
};
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
    let Open { site, span, heard, started, .. } = open;
    let Recorded { report: late, model, times } = late.unwrap_or_default();
    let mut report = both(late, report);
    // Before anything is estimated: what is so by its kind is no estimate.
    report.usage = report.usage.map(|usage| complete(site.operation, usage));
    let told = Told::of(open, ending, &report, model.as_deref());
    let stamps = told.stamps(site.operation.counts_tokens());

    let output = site.output.zip(report.output.as_ref());
    let output = output.and_then(|(field, text)| Some((field, content::prepared(site.own_key(field), text)?)));
    let on_span = output.as_ref().filter(|_| content::mode().on_span());
    let own = on_span.map(|(field, text)| (*field, text as &dyn Value));
    // What only the user knows, a layer reads as everybody does.
    let beside = on_span.is_none().then_some(stamps.as_slice());
    recording(span, *heard, *started, times.into_gaps(), beside, || {
        with_values(site, stamps.as_slice(), own, |values| site.record(span, values));
    });
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

    fn stamps(&self, is_model_call: bool) -> Stamps<'_, 26> {
        let mut stamps = Stamps::new();
        let usage = &self.usage;
        if is_model_call {
            stamps.set(Field::TokensPrompt, usage.prompt);
            stamps.set(Field::TokensCompletion, usage.completion);
            stamps.set(Field::TokensTotal, self.total);
            stamps.set(Field::Model, self.model);
        }
        stamps.set(Field::InputTokens, usage.prompt);
        stamps.set(Field::OutputTokens, self.output);
        stamps.set(Field::CacheReadTokens, usage.cache_read);
        stamps.set(Field::CacheCreationTokens, usage.cache_write);
        stamps.set(Field::CacheWriteTokens, usage.cache_write);
        stamps.set(Field::ReasoningTokens, usage.reasoning);
        stamps.set(Field::AudioInputTokens, usage.audio_prompt);
        stamps.set(Field::AudioOutputTokens, usage.audio_completion);
        stamps.set(Field::UsageEstimated, self.estimated);
        stamps.set(Field::UsageInvalid, self.invalid.as_deref());
        stamps.set(Field::Cost, self.cost);
        stamps.set(Field::RequestModel, self.model);
        stamps.set(Field::OtelName, self.name.as_deref());
        stamps.set(Field::ResponseModel, self.response_model);
        stamps.set(Field::ResponseId, self.response_id);
        stamps.set(Field::FinishReasons, self.reasons.as_deref());
        stamps.set(Field::RequestStream, self.stream);
        stamps.set(Field::StreamChunks, self.chunks);
        stamps.set(Field::TimeToFirstChunk, self.first_chunk);
        stamps.set(Field::Outcome, Some(self.outcome));
        stamps.set(Field::ErrorType, self.error_type);
        stamps.set(Field::OtelStatusCode, self.status);
        stamps
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
    let mut list = String::new();
    let told = reasons.iter().map(|reason| if reason.is_empty() { "error" } else { reason });
    json_text::array(told, &mut list, json_text::quote);
    Some(list)
}
