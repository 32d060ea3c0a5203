//! Why generation stopped: a word, and never more of a value than that.

use std::fmt::{Debug, Display};

use super::{Fourth, Last, Probe, Second, Third};

impl<T: AsRef<str> + ?Sized> Probe<'_, T> {
    /// The word, as a provider's JSON has it.
    pub fn llm_span_word(&self) -> Option<String> {
        spelled(self.get().as_ref())
    }
}

impl<T: AsRef<str>> Second<'_, Option<T>> {
    /// The word, where there is one.
    pub fn llm_span_word(&self) -> Option<String> {
        self.get().as_ref().and_then(|text| spelled(text.as_ref()))
    }
}

impl<T: Display + ?Sized> Third<'_, T> {
    /// The word, as it displays.
    pub fn llm_span_word(&self) -> Option<String> {
        spelled(&self.get().to_string())
    }
}

impl<T: Display> Fourth<'_, Option<T>> {
    /// The word, as it displays, where there is one.
    pub fn llm_span_word(&self) -> Option<String> {
        self.get().as_ref().and_then(|text| spelled(&text.to_string()))
    }
}

impl<T: ?Sized> Last<'_, T> {
    /// The variant's name; `None` for `None`.
    pub fn llm_span_word(&self) -> Option<String>
    where
        T: Debug,
    {
        spelled(variant(&format!("{:?}", self.get()))?)
    }
}

/// The name in a derived `Debug`, as of `Some(Other("…"))`: what stands behind it may be a completion.
fn variant(debug: &str) -> Option<&str> {
    let inside = debug.strip_prefix("Some(").unwrap_or(debug);
    let end = inside.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    let derived = rest.is_empty() || rest.starts_with(['(', ')']) || rest.starts_with(" {");
    (derived && name != "None").then_some(name)
}

/// `ToolCalls` is `tool_calls`; `None` where nothing is left.
fn spelled(text: &str) -> Option<String> {
    let bare = text.trim_matches('"');
    let mut word = String::with_capacity(bare.len() + 2);
    let mut before: Option<char> = None;
    for character in bare.chars() {
        if character.is_uppercase() && before.is_some_and(|before| before.is_lowercase() || before.is_numeric()) {
            word.push('_');
        }
        word.extend(character.to_lowercase());
        before = Some(character);
    }
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::super::probe;

    #[derive(Debug)]
    enum Reason {
        Stop,
        ToolCalls,
        #[expect(dead_code, reason = "read by its `Debug`")]
        Other(String),
        #[expect(dead_code, reason = "read by its `Debug`")]
        Refused {
            why: &'static str,
        },
    }

    struct Shown;

    impl std::fmt::Display for Shown {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("EndTurn")
        }
    }

    struct Written(&'static str);

    impl std::fmt::Debug for Written {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    #[test]
    fn a_reason_is_spelled_as_in_the_providers_json() {
        assert_eq!(probe(&Reason::Stop).llm_span_word().as_deref(), Some("stop"));
        assert_eq!(probe(&Some(Reason::ToolCalls)).llm_span_word().as_deref(), Some("tool_calls"));
        assert_eq!(probe("MAX_TOKENS").llm_span_word().as_deref(), Some("max_tokens"));
        assert_eq!(probe(&Some("length".to_owned())).llm_span_word().as_deref(), Some("length"));
        assert_eq!(probe(&Shown).llm_span_word().as_deref(), Some("end_turn"));
        assert_eq!(probe(&Some(Shown)).llm_span_word().as_deref(), Some("end_turn"));
        assert_eq!(probe(&None::<Reason>).llm_span_word(), None);
        assert_eq!(probe(&None::<String>).llm_span_word(), None);
    }

    #[test]
    fn of_a_debug_only_the_name_is_taken() {
        assert_eq!(probe(&Some(Reason::Other("a secret".to_owned()))).llm_span_word().as_deref(), Some("other"));
        assert_eq!(probe(&Reason::Refused { why: "secret" }).llm_span_word().as_deref(), Some("refused"));
        assert_eq!(probe(&Written("a secret")).llm_span_word(), None);
        assert_eq!(probe(&Written("\"secret\"")).llm_span_word(), None);
    }
}
