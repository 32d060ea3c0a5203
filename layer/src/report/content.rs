//! What may carry a prompt or a completion is shown by its length only.

use llm_span_contract::{Attribute, Requirement, Value, known_attribute};

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
pub(crate) fn shown(key: &str, value: &Value<'_>) -> String {
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

/// Takes content out of a text that quotes recorded values as they are displayed: a finding's message.
pub(crate) fn redact<'r>(text: &str, records: impl Iterator<Item = (&'static str, &'r Value<'static>)>) -> String {
    records.fold(text.to_owned(), |text, (key, value)| match value {
        Value::Str(content) if !content.is_empty() && may_carry_content(key) => {
            text.replace(&value.to_string(), &length(content))
        }
        _ => text,
    })
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

    #[test]
    fn a_message_that_quotes_content_loses_it_cut_or_not() {
        let long = "x".repeat(500);
        for text in ["short", &long] {
            let value = Value::from(text.to_owned());
            let message = format!("`gen_ai.prompt` was recorded as {value}, then as 7");
            let redacted = redact(&message, [("gen_ai.prompt", &value)].into_iter());
            let expected = format!("`gen_ai.prompt` was recorded as ({} characters), then as 7", text.len());
            assert_eq!(redacted, expected);
        }
    }
}
