//! What a call without the attribute can tell of its request: one method an attribute.
//!
//! Source of the names: OpenTelemetry semantic conventions v1.41.1, `gen_ai.*`, `server.*`, `code.*`.

use std::borrow::Cow;

use tracing::field::Value;

use super::CallBuilder;
use crate::{call::private::widen, json_text};

/// Where the call is written; the callsite of a function is this file's.
const CODE: usize = 2;

macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $method:ident($ty:ty) $variant:ident = $key:literal $(as $place:ident)?;)*) => {
        #[expect(non_camel_case_types, reason = "named as the methods")]
        enum Position { $($method),* }

        /// How many there are.
        const COUNT: usize = [$($key),*].len();
        const KEYS: [&str; CODE + COUNT] = ["code.file.path", "code.line.number", $($key),*];
        /// The fields of a callsite.
        pub(super) const FIELDS: [&str; crate::call::private::FIELDS.len() + CODE + COUNT] = widen(&KEYS);
        $($(
            /// Where it stands among the fields that the callsite adds.
            pub(super) const $place: usize = CODE + Position::$method as usize;
        )?)*

        impl<'a> CallBuilder<'a> {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("Recorded as `", $key, "`.")]
                pub fn $method(mut self, value: impl Into<$ty>) -> Self {
                    self.parameters.set(Position::$method, Parameter::$variant(value.into()));
                    self
                }
            )*
        }
    };
}

parameters! {
    /// How random the answer may be.
    temperature(f64) Double = "gen_ai.request.temperature";
    /// How many tokens the answer may have.
    max_tokens(i64) Int = "gen_ai.request.max_tokens";
    /// Which share of the likeliest tokens is considered.
    top_p(f64) Double = "gen_ai.request.top_p";
    /// How many of the likeliest tokens are considered.
    top_k(f64) Double = "gen_ai.request.top_k";
    /// How repetition is discouraged, by frequency.
    frequency_penalty(f64) Double = "gen_ai.request.frequency_penalty";
    /// How repetition is discouraged, by presence.
    presence_penalty(f64) Double = "gen_ai.request.presence_penalty";
    /// What ends the answer.
    stop_sequences(TextList) List = "gen_ai.request.stop_sequences";
    /// What seeds the sampling.
    seed(i64) Int = "gen_ai.request.seed";
    /// How many choices are asked for.
    choice_count(i64) Int = "gen_ai.request.choice.count";
    /// The form of the answer: `text`, `json`, `image`, `speech`.
    output_type(Cow<'a, str>) Text = "gen_ai.output.type";
    /// How many dimensions the vectors have.
    dimensions(i64) Int = "gen_ai.embeddings.dimension.count";
    /// In which forms the vectors are asked for.
    encoding_formats(TextList) List = "gen_ai.request.encoding_formats";
    /// The data source that is searched.
    data_source(Cow<'a, str>) Text = "gen_ai.data_source.id" as DATA_SOURCE;
    /// The provider's host.
    server_address(Cow<'a, str>) Text = "server.address";
    /// The provider's port.
    server_port(i64) Int = "server.port";
    /// The agent's name.
    agent_name(Cow<'a, str>) Text = "gen_ai.agent.name" as AGENT;
    /// The agent's id.
    agent_id(Cow<'a, str>) Text = "gen_ai.agent.id";
    /// What the agent is for.
    agent_description(Cow<'a, str>) Text = "gen_ai.agent.description";
    /// The agent's version.
    agent_version(Cow<'a, str>) Text = "gen_ai.agent.version";
    /// The tool's name.
    tool_name(Cow<'a, str>) Text = "gen_ai.tool.name" as TOOL;
    /// The id of the tool's call, as the model gave it.
    tool_call_id(Cow<'a, str>) Text = "gen_ai.tool.call.id";
    /// The kind of tool: `function`, `extension`, `datastore`.
    tool_type(Cow<'a, str>) Text = "gen_ai.tool.type";
    /// What the tool is for.
    tool_description(Cow<'a, str>) Text = "gen_ai.tool.description";
    /// The workflow's name; of few values.
    workflow_name(Cow<'a, str>) Text = "gen_ai.workflow.name" as WORKFLOW;
}

/// A list of texts, recorded as the text of a JSON array: `tracing` has no lists.
///
/// ```
/// use llm_span::{Operation, call};
///
/// let call = call(Operation::Chat, "openai", "gpt-4o").stop_sequences(["end"]);
/// ```
#[derive(Clone, Debug)]
pub struct TextList(String);

impl<T: AsRef<str>, I: IntoIterator<Item = T>> From<I> for TextList {
    fn from(texts: I) -> Self {
        let texts: Vec<T> = texts.into_iter().collect();
        Self(json_text::list(&texts).unwrap_or_default())
    }
}

/// What was told of a request.
#[derive(Debug, Default)]
pub(super) struct Parameters<'a>(Vec<(usize, Parameter<'a>)>);

#[derive(Debug)]
enum Parameter<'a> {
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    List(TextList),
}

impl Parameter<'_> {
    /// Whether it is a list of nothing, or a text of none.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::List(TextList(list)) => list.is_empty(),
            Self::Int(_) | Self::Double(_) => false,
        }
    }

    fn as_value(&self) -> &dyn Value {
        match self {
            Self::Int(number) => number,
            Self::Double(number) => number,
            Self::Text(Cow::Borrowed(text)) => text,
            Self::Text(Cow::Owned(text)) | Self::List(TextList(text)) => text,
        }
    }
}

impl<'a> Parameters<'a> {
    fn set(&mut self, position: Position, parameter: Parameter<'a>) {
        let position = position as usize;
        self.0.retain(|(other, _)| *other != position);
        self.0.push((position, parameter));
    }

    /// The values of the fields that the callsite adds.
    pub(super) fn fields<'v>(&'v self, file: &'v &str, line: &'v i64) -> [Option<&'v dyn Value>; CODE + COUNT] {
        let mut fields: [Option<&dyn Value>; CODE + COUNT] = [None; CODE + COUNT];
        fields[0] = Some(file);
        fields[1] = Some(line);
        for (position, parameter) in self.0.iter().filter(|(_, parameter)| !parameter.is_empty()) {
            fields[CODE + position] = Some(parameter.as_value());
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use llm_span_contract::ARGUMENTS;

    use super::*;

    #[test]
    fn what_the_attribute_takes_can_be_told_here_too() {
        let here: BTreeSet<&str> = KEYS[CODE..].iter().copied().collect();
        let there: BTreeSet<&str> = ARGUMENTS.iter().map(|argument| argument.key).collect();
        assert_eq!(here, there);
    }
}
