//! What the model says in a conversation: a text, or calls of tools. The same for chats and responses.

use serde_json::Value;

use super::{arguments, error::ApiError};

/// What is said to everything that needs no tool.
const TEXT: &str = "Tracing follows one request through a program and notes what each part did and how long it took.";

/// Tokens of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) prompt: u64,
    pub(super) completion: u64,
}

impl Tokens {
    pub(super) const NONE: Self = Self { prompt: 0, completion: 0 };
    /// Those of the AMTP document's example: what a reader sees is what the document has.
    const TEXT: Self = Self { prompt: 128, completion: 64 };
    /// Each result of a tool makes the prompt longer by so many.
    const RESULT: u64 = 32;
    /// Each call of a tool takes so many to write.
    const CALL: u64 = 16;
}

/// What of a request decides its answer.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    /// The last text of the user.
    pub(super) asked: String,
    /// What tools answered since.
    pub(super) results: Vec<String>,
    /// Those that may be called.
    pub(super) tools: Vec<Tool<'a>>,
}

/// A tool that a request offers.
#[derive(Debug)]
pub(super) struct Tool<'a> {
    name: &'a str,
    /// A JSON schema.
    parameters: Option<&'a Value>,
}

/// A call of a tool. Its id is unique to the answer's number.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    /// As JSON.
    pub(super) arguments: String,
}

/// What is said.
#[derive(Debug)]
pub(super) enum Said {
    Text(String),
    Calls(Vec<Call>),
}

/// What is said, and the tokens it took.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) said: Said,
    pub(super) tokens: Tokens,
}

impl Conversation<'_> {
    /// Calls every tool that may be called, once; then uses what they answered.
    pub(super) fn reply(&self) -> Reply {
        let Self { asked, results, tools } = self;
        if !results.is_empty() {
            let prompt = Tokens::TEXT.prompt + Tokens::RESULT * results.len() as u64;
            let said = Said::Text(format!("According to the tools: {}.", results.join("; ")));
            return Reply { said, tokens: Tokens { prompt, ..Tokens::TEXT } };
        }
        if tools.is_empty() {
            return Reply { said: Said::Text(TEXT.into()), tokens: Tokens::TEXT };
        }
        let call = |tool: &Tool<'_>| Call {
            name: tool.name.to_owned(),
            arguments: arguments::for_schema(tool.parameters, asked).to_string(),
        };
        let completion = Tokens::CALL * tools.len() as u64;
        Reply { said: Said::Calls(tools.iter().map(call).collect()), tokens: Tokens { completion, ..Tokens::TEXT } }
    }
}

impl<'a> Tool<'a> {
    /// The tools of a request that may be called, by its `tool_choice` and `parallel_tool_calls`.
    pub(super) fn of(request: &'a Value) -> Result<Vec<Self>, ApiError> {
        let Some(tools) = request.get("tools").filter(|tools| !tools.is_null()) else { return Ok(Vec::new()) };
        let tools = tools.as_array().and_then(|tools| tools.iter().map(Self::read).collect::<Option<Vec<_>>>());
        let mut tools = tools.ok_or_else(|| ApiError::wrong("tools", "an array of functions with a `name`"))?;
        match request.get("tool_choice") {
            Some(Value::String(choice)) if choice == "none" => tools.clear(),
            Some(choice @ Value::Object(_)) => tools.retain(|tool| function(choice)["name"] == tool.name),
            _ => {}
        }
        if request.get("parallel_tool_calls") == Some(&Value::Bool(false)) {
            tools.truncate(1);
        }
        Ok(tools)
    }

    fn read(tool: &'a Value) -> Option<Self> {
        let function = function(tool);
        Some(Self { name: function.get("name")?.as_str()?, parameters: function.get("parameters") })
    }
}

/// A chat nests what it says of a function, a response does not.
fn function(value: &Value) -> &Value {
    value.get("function").unwrap_or(value)
}

/// The text of a content: a string, or parts some of which have text.
pub(super) fn text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// Pieces of a text as they are streamed: words, with the blank before them.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().filter(|&(at, char)| at > 0 && char == ' ').map(|(at, _)| at);
    let ends = starts.chain([text.len()]);
    ends.scan(0, |start, end| Some(&text[std::mem::replace(start, end)..end]))
}

/// Pieces of arguments as they are streamed.
pub(super) fn fragments(arguments: &str) -> Vec<String> {
    arguments.chars().collect::<Vec<_>>().chunks(8).map(|chars| chars.iter().collect()).collect()
}
