//! What may carry a prompt or a completion is shown by its length only.

use crate::{Attribute, Requirement, Value, known_attribute};

/// Words in the key of an attribute that no contract knows, by which it may well carry content.
const SUSPECTS: [&str; 16] = [
    "answer",
    "arguments",
    "body",
    "completion",
    "content",
    "document",
    "input",
    "instructions",
    "message",
    "messages",
    "output",
    "prompt",
    "query",
    "question",
    "response",
    "text",
];

/// Whether an attribute may carry what users wrote or models answered: the conventions' opt-in attributes, what is unknown in
/// the checked namespaces (it may be one of them, misspelt), and what is named like content.
fn may_carry_content(key: &str) -> bool {
    let is_content = |attribute: &Attribute| attribute.demands.iter().any(|demand| demand.requirement == Requirement::OptIn);
    known_attribute(key).map_or_else(
        || {
            let suspicious = |word: &str| SUSPECTS.iter().any(|suspect| word.eq_ignore_ascii_case(suspect));
            ["llm.", "gen_ai."].iter().any(|namespace| key.starts_with(namespace))
                || key.split(|character: char| !character.is_alphanumeric()).any(suspicious)
        },
        is_content,
    )
}

/// A value as a report shows it: text in quotes and cut, content as its length.
///
/// ```
/// use llm_span_contract::{Value, shown};
///
/// assert_eq!(shown("llm.model", &Value::from("gpt-4o")), "\"gpt-4o\"");
/// assert_eq!(shown("gen_ai.input.messages", &Value::from("a prompt")), "(8 characters)");
/// ```
pub fn shown(key: &str, value: &Value<'_>) -> String {
    match value {
        Value::Str(text) if may_carry_content(key) => length(text),
        _ => value.to_string(),
    }
}

fn length(text: &str) -> String {
    match text.chars().count() {
        1 => "(1 character)".to_owned(),
        characters => format!("({characters} characters)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_carry_content_is_shown_by_its_length() {
        let secret = Value::from("Dear model, my password is hunter2");
        for key in ["gen_ai.input.messages", "gen_ai.prompt", "llm.promt", "my_prompt", "tool.output", "app.Question"] {
            assert_eq!(shown(key, &secret), "(34 characters)", "{key}");
        }
        assert_eq!(shown("llm.model", &Value::from("gpt-4o")), r#""gpt-4o""#);
        assert_eq!(shown("tenant.id", &Value::from("acme")), r#""acme""#);
        assert_eq!(shown("gen_ai.response.id", &Value::from("chatcmpl-1")), r#""chatcmpl-1""#);
        assert_eq!(shown("llm.tokens.prompt", &Value::from(128)), "128");
    }
}
