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

/// Records how a call ended. A report is large: it is moved where something was recorded in the body only.
pub(in crate::call) fn finish(open: &Open, ending: Ending<'_>, report: Report<'_>, late: Option<Recorded>) {
    match late {
        None => tell(open, ending, &report, None, Vec::new()),
        Some(Recorded { report: late, model, times }) => {
            tell(open, ending, &both(late, report), model.as_deref(), times.into_gaps());
        }
    }
}

/// `model` is the one that the body told, `gaps` are the times between the chunks.
fn tell(open: &Open, ending: Ending<'_>, report: &Report<'_>, model: Option<&str>, gaps: Vec<f32>) {
    let Open { site, span, heard, started, .. } = open;
    let told = Told::of(open, ending, report, model);
    let stamps = told.stamps(site.operation.counts_tokens());

    let output = site.output.zip(report.output.as_ref());
    let output = output.and_then(|(field, text)| Some((field, content::prepared(site.own_key(field), text)?)));
    let on_span = output.as_ref().filter(|_| content::mode().on_span());
    let own = on_span.map(|(field, text)| (*field, text as &dyn Value));
    // What only the user knows, a layer reads as everybody does.
    let beside = on_span.is_none().then_some(stamps.as_slice());
    recording(span, *heard, *started, gaps, beside, || {
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
    reasons: Option<Cow<'static, str>>,
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
        let usage = counts(site.operation, report);
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

/// The counts that hold. Before anything is estimated, what is so by its kind: it is no estimate.
fn counts(operation: Operation, report: &Report<'_>) -> Usage {
    let mut usage = report.usage.unwrap_or_default();
    // Embeddings have no output: their completion is a true 0.
    if operation == Operation::Embeddings && usage.prompt.is_some() {
        usage.completion = usage.completion.or(Some(0));
    }
    report.estimate.map_or(usage, |estimate| usage.or_estimate(estimate))
}

/// Nearly all calls stop for one of these; those of OpenAI and of Anthropic, as lists.
const REASONS: [(&str, &str); 6] = [
    ("stop", r#"["stop"]"#),
    ("length", r#"["length"]"#),
    ("tool_calls", r#"["tool_calls"]"#),
    ("end_turn", r#"["end_turn"]"#),
    ("tool_use", r#"["tool_use"]"#),
    ("max_tokens", r#"["max_tokens"]"#),
];

/// Why the choices stopped, as the text of a JSON array; `None` where none has told. Of choices some of which have not, the
/// conventions say `error`.
fn reasons(reasons: &[Cow<'_, str>]) -> Option<Cow<'static, str>> {
    if let [one] = reasons
        && let Some((_, list)) = REASONS.iter().find(|(reason, _)| reason == one)
    {
        return Some(Cow::Borrowed(list));
    }
    if reasons.iter().all(|reason| reason.is_empty()) {
        return None;
    }
    let mut list = String::new();
    let told = reasons.iter().map(|reason| if reason.is_empty() { "error" } else { reason });
    json_text::array(told, &mut list, json_text::quote);
    Some(Cow::Owned(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_reasons_that_is_known_is_the_one_that_would_be_written() {
        for (reason, known) in REASONS {
            let mut written = String::new();
            json_text::array([reason], &mut written, json_text::quote);
            assert_eq!(known, written);
            assert_eq!(reasons(&[reason.into()]).as_deref(), Some(known));
        }
        assert_eq!(reasons(&["stop".into(), "".into()]).as_deref(), Some(r#"["stop","error"]"#));
        assert_eq!(reasons(&["a \"b\"".into()]).as_deref(), Some(r#"["a \"b\""]"#));
        assert_eq!(reasons(&["".into()]), None);
    }
}
