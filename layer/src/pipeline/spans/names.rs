//! What model calls are called when they are exported.
//!
//! Only what is named by a convention is renamed: as `#[llm_span]` names its spans by itself (`llm.completion`, `invoke_agent`), or by the
//! conventions' or the LLM gateway's names. A name that the program has chosen stays (`name = "summary"`), whatever the span is; most spans are
//! told from calls by their name alone.

use std::borrow::Cow;

use llm_span_contract::{Operation, OperationSet, keys};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::pipeline::settings::SpanNames;

const COMPLETION: &str = "llm.completion";
pub(super) const GENERATE: &str = "provider.generate";
pub(super) const GENERATE_STREAM: &str = "provider.generate_stream";

/// Gives a model call, an agent, a tool or a workflow the name that is chosen.
pub(crate) fn rename(names: SpanNames, span: &mut SpanData) {
    let name = match names {
        SpanNames::AsTheyAre => None,
        SpanNames::GenAi => conventional(span),
        SpanNames::LlmGateway => generation(span),
    };
    if let Some(name) = name {
        span.name = name;
    }
}

/// `{operation} {model}`, or of what else the conventions name such spans.
fn conventional(span: &SpanData) -> Option<Cow<'static, str>> {
    let operation = convention(&span.name)?;
    // It has its subject already.
    if span.name.contains(' ') {
        return None;
    }
    let operation = operation.of(&span.attributes)?;
    let subject = subjects(operation).iter().find_map(|key| text(&span.attributes, key));
    Some(subject.map_or(Cow::Borrowed(operation.name()), |subject| Cow::Owned(format!("{} {subject}", operation.name()))))
}

/// The LLM gateway's names, of what generates text.
fn generation(span: &SpanData) -> Option<Cow<'static, str>> {
    let convention = convention(&span.name)?;
    if matches!(convention, Convention::Gateway) || !OperationSet::GENERATION.contains(convention.of(&span.attributes)?) {
        return None;
    }
    let is_streamed = match value(&span.attributes, keys::GEN_AI_REQUEST_STREAM) {
        Some(Value::Bool(streamed)) => *streamed,
        Some(Value::String(streamed)) => streamed.as_str() == "true",
        _ => false,
    };
    Some(Cow::Borrowed(if is_streamed { GENERATE_STREAM } else { GENERATE }))
}

/// By which convention a span is named.
#[derive(Clone, Copy)]
enum Convention {
    /// `llm.completion`: of the AMTP contract.
    Completion,
    /// `chat`, `chat gpt-4o`: of the GenAI conventions.
    Operation,
    /// `provider.generate`: of the LLM gateway.
    Gateway,
}

fn convention(name: &str) -> Option<Convention> {
    match name {
        COMPLETION => Some(Convention::Completion),
        GENERATE | GENERATE_STREAM => Some(Convention::Gateway),
        _ => {
            let operation = name.split_once(' ').map_or(name, |(operation, _)| operation);
            Operation::from_name(operation).map(|_| Convention::Operation)
        }
    }
}

impl Convention {
    /// What is done. Two names are about model calls alone, and one that doesn't say its operation is taken for a chat, as everywhere; any
    /// span may be called `chat`.
    fn of(self, attributes: &[KeyValue]) -> Option<Operation> {
        let known = || {
            let stated = text(attributes, keys::GEN_AI_OPERATION_NAME).and_then(|name| Operation::from_name(&name));
            stated.or_else(|| text(attributes, keys::LLM_REQUEST_TYPE).and_then(|name| Operation::from_request_type(&name)))
        };
        known().or(match self {
            Self::Completion | Self::Gateway => Some(Operation::Chat),
            Self::Operation => None,
        })
    }
}

/// Where what an operation is about is told.
const fn subjects(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::CreateAgent | Operation::InvokeAgent => &["gen_ai.agent.name"],
        Operation::ExecuteTool => &["gen_ai.tool.name"],
        Operation::InvokeWorkflow => &["gen_ai.workflow.name"],
        // A reranking has a model, and no data source.
        Operation::Retrieval => &["gen_ai.data_source.id", keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL],
        _ => &[keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL, "provider.model"],
    }
}

/// What was recorded last is what counts.
pub(super) fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().rfind(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
}

pub(super) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<Cow<'a, str>> {
    value(attributes, key).map(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
