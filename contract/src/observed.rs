//! What was seen of a span, as plain data.

use std::borrow::Cow;

use crate::{Operation, Outcome, Value, keys};

/// What was seen of one span.
///
/// ```
/// use llm_span_contract::{Observed, Operation};
///
/// let span = Observed::new("llm.completion").with("gen_ai.operation.name", "chat");
/// assert_eq!(span.operation(), Some(Operation::Chat));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed<'a> {
    name: Cow<'a, str>,
    attributes: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Observed<'a> {
    /// A span of that name, without attributes.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), attributes: Vec::new() }
    }

    /// With an attribute, in the order of recording. A key given again is a further record of it: the last one holds.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        self.record(key, value);
        self
    }

    /// Records an attribute.
    pub fn record(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.attributes.push((key.into(), value.into()));
    }

    /// The span's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every record, in order.
    pub fn records(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.attributes.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// The value that holds for `key`: the last one recorded.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.attributes.iter().rev().find(|(recorded, _)| recorded == key).map(|(_, value)| value)
    }

    /// The operation, from `gen_ai.operation.name`, else from `llm.request.type`.
    pub fn operation(&self) -> Option<Operation> {
        let text = |key| self.get(key).and_then(Value::as_str);
        text(keys::GEN_AI_OPERATION_NAME)
            .and_then(Operation::from_name)
            .or_else(|| text(keys::LLM_REQUEST_TYPE).and_then(Operation::from_request_type))
    }

    /// Whether it names an operation that is none of the conventions' and no misspelling of one: it is held only to what is demanded
    /// of every operation. A span that names none is taken for a chat.
    pub fn names_other_operation(&self) -> bool {
        let name = self.get(keys::GEN_AI_OPERATION_NAME).and_then(Value::as_str);
        name.is_some_and(Operation::is_other) && self.operation().is_none()
    }

    /// How the call ended: `llm.outcome`, else an error where `error.type` or an error status was recorded, else a success.
    pub fn outcome(&self) -> Outcome {
        let text = |key| self.get(key).and_then(Value::as_str);
        if let Some(outcome) = text(keys::LLM_OUTCOME).and_then(Outcome::from_name) {
            return outcome;
        }
        let failed = self.get(keys::ERROR_TYPE).is_some()
            || text(keys::OTEL_STATUS_CODE).is_some_and(|code| code.eq_ignore_ascii_case("error"));
        if failed { Outcome::Error } else { Outcome::Ok }
    }
}
