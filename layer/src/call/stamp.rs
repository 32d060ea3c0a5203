//! Sets the contract's attributes: those known at the start when the span is created, the others in one late record.

use llm_span_contract::{
    Operation, Outcome, provider,
    stamp::{FIELDS, Field, MAX_EXTRA_FIELDS},
};
use tracing::{Span, field::Value};

use super::{
    Call,
    late::Recorded,
    site::{Parent, Site},
};
use crate::usage::{Report, Usage};

/// What is known of a call when it starts.
pub struct Start<'a> {
    /// Who serves the model, in either spelling.
    pub provider: &'a str,
    /// The model asked for; `None` where the body tells.
    pub model: Option<&'a str>,
    /// The user's own fields, in the order they were declared.
    pub extra: &'a [Option<&'a dyn Value>],
    /// Whose child the span is.
    pub parent: Parent,
}

type Slots<'a> = [Option<&'a dyn Value>; FIELDS.len() + MAX_EXTRA_FIELDS];

fn set<'a>(slots: &mut Slots<'a>, field: Field, value: Option<&'a dyn Value>) {
    slots[field as usize] = value;
}

impl Site {
    /// Starts a call: creates its span with all that is known.
    pub fn start(&'static self, start: Start<'_>) -> Call {
        let Start { provider, model, extra, parent } = start;
        let (name, system) = (provider::name(provider), provider::system(provider));
        let operation = self.operation;
        let (operation_name, kind) = (operation.name(), operation.span_kind().name());
        let request_type = operation.request_type();
        let conventional = match (self.conventional_name, model) {
            (true, Some(model)) => Some(format!("{operation_name} {model}")),
            _ => None,
        };

        let mut slots: Slots<'_> = [None; FIELDS.len() + MAX_EXTRA_FIELDS];
        set(&mut slots, Field::Provider, Some(&name));
        set(&mut slots, Field::ProviderName, Some(&name));
        set(&mut slots, Field::System, Some(&system));
        set(&mut slots, Field::Model, some(&model));
        set(&mut slots, Field::RequestModel, some(&model));
        set(&mut slots, Field::RequestType, some(&request_type));
        set(&mut slots, Field::OperationName, Some(&operation_name));
        set(&mut slots, Field::OtelKind, Some(&kind));
        set(&mut slots, Field::OtelName, some(&conventional));
        for (slot, value) in slots[FIELDS.len()..].iter_mut().zip(extra) {
            *slot = *value;
        }
        Call::open(self, self.span(&slots[..self.fields()], parent))
    }

    /// A call that nobody listens to.
    #[inline]
    pub fn skip(&'static self) -> Call {
        Call::disabled()
    }
}

#[expect(clippy::ref_option, reason = "the value it lends stands in the caller's local")]
fn some<V: Value>(value: &Option<V>) -> Option<&dyn Value> {
    value.as_ref().map(|value| value as &dyn Value)
}

/// Records how a call ended, in one record: fields recorded twice are exported twice.
pub(super) fn finish(
    site: &'static Site,
    span: &Span,
    outcome: Outcome,
    report: Report<'_>,
    late: Option<&Recorded>,
    error_type: Option<&str>,
) {
    let Report { usage, response } = report;
    let usage = complete(site.operation, late.and_then(|late| late.usage).unwrap_or_default().or(usage.unwrap_or_default()));
    let total = usage.total();
    let late_response = late.map(|late| &late.response);
    let response_model = late_response.and_then(|late| late.model.as_deref()).or(response.model.as_deref());
    let response_id = late_response.and_then(|late| late.id.as_deref()).or(response.id.as_deref());
    let reasons = late_response.map(|late| &late.finish_reasons).filter(|reasons| !reasons.is_empty());
    let reasons = json_list(reasons.unwrap_or(&response.finish_reasons));
    let model = late.and_then(|late| late.model.as_deref());
    let conventional = model.filter(|_| site.conventional_name).map(|model| format!("{} {model}", site.operation.name()));
    let outcome_name = outcome.name();
    let status = outcome.is_failure().then_some("ERROR");

    let mut slots: Slots<'_> = [None; FIELDS.len() + MAX_EXTRA_FIELDS];
    set(&mut slots, Field::TokensPrompt, some(&usage.prompt));
    set(&mut slots, Field::TokensCompletion, some(&usage.completion));
    set(&mut slots, Field::TokensTotal, some(&total));
    set(&mut slots, Field::InputTokens, some(&usage.prompt));
    // AMTP wants the 0 of embeddings, the conventions know no output of them.
    let output = usage.completion.filter(|_| site.operation != Operation::Embeddings);
    set(&mut slots, Field::OutputTokens, some(&output));
    set(&mut slots, Field::CacheReadTokens, some(&usage.cache_read));
    set(&mut slots, Field::CacheCreationTokens, some(&usage.cache_write));
    set(&mut slots, Field::CacheWriteTokens, some(&usage.cache_write));
    set(&mut slots, Field::ReasoningTokens, some(&usage.reasoning));
    set(&mut slots, Field::Model, some(&model));
    set(&mut slots, Field::RequestModel, some(&model));
    set(&mut slots, Field::OtelName, some(&conventional));
    set(&mut slots, Field::ResponseModel, some(&response_model));
    set(&mut slots, Field::ResponseId, some(&response_id));
    set(&mut slots, Field::FinishReasons, some(&reasons));
    set(&mut slots, Field::Outcome, Some(&outcome_name));
    set(&mut slots, Field::ErrorType, some(&error_type));
    set(&mut slots, Field::OtelStatusCode, some(&status));
    recording(span, || site.record(span, &slots[..site.fields()]));
}

#[cfg(feature = "layer")]
mod recording;
#[cfg(feature = "layer")]
pub(crate) use recording::{is_recording, recording};

#[cfg(not(feature = "layer"))]
fn recording(_: &Span, record: impl FnOnce()) {
    record();
}

/// Embeddings have no output: their completion is a true 0.
fn complete(operation: Operation, mut usage: Usage) -> Usage {
    if operation == Operation::Embeddings && usage.prompt.is_some() {
        usage.completion = usage.completion.or(Some(0));
    }
    usage
}

/// The text of a JSON array, as `tracing` has no list values; `None` where there is nothing to list.
fn json_list(texts: &[std::borrow::Cow<'_, str>]) -> Option<String> {
    if texts.is_empty() {
        return None;
    }
    let mut list = String::from("[");
    for (i, text) in texts.iter().enumerate() {
        list.push_str(if i == 0 { "\"" } else { ",\"" });
        for character in text.chars() {
            match character {
                '"' | '\\' => list.extend(['\\', character]),
                control if control.is_control() => list.extend(format!("\\u{:04x}", u32::from(control)).chars()),
                plain => list.push(plain),
            }
        }
        list.push('"');
    }
    list.push(']');
    Some(list)
}
