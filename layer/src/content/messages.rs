//! Messages in the form that the conventions have for them.

use crate::json_text::{array, quote};

/// Messages as the JSON that `gen_ai.input.messages` and `gen_ai.output.messages` hold, from pairs of role and text.
///
/// ```
/// let messages = llm_span::messages([("user", "Why \"42\"?")]);
/// assert_eq!(messages, r#"[{"role":"user","parts":[{"type":"text","content":"Why \"42\"?"}]}]"#);
/// ```
pub fn messages<R: AsRef<str>, T: AsRef<str>>(messages: impl IntoIterator<Item = (R, T)>) -> String {
    let mut out = String::new();
    array(messages, &mut out, |(role, text), out| {
        out.push_str("{\"role\":");
        quote(role.as_ref(), out);
        out.push_str(",\"parts\":[");
        part(text.as_ref(), out);
        out.push_str("]}");
    });
    out
}

/// Instructions that stand apart from the messages, as the JSON that `gen_ai.system_instructions` holds.
///
/// ```
/// let instructions = llm_span::system_instructions(["Be brief."]);
/// assert_eq!(instructions, r#"[{"type":"text","content":"Be brief."}]"#);
/// ```
pub fn system_instructions<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    array(texts, &mut out, |text, out| part(text.as_ref(), out));
    out
}

fn part(text: &str, out: &mut String) {
    out.push_str("{\"type\":\"text\",\"content\":");
    quote(text, out);
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_message() {
        let written = messages([(String::from("us\"er"), "a\n\"}]},{\u{1}\\")]);
        assert_eq!(written, r#"[{"role":"us\"er","parts":[{"type":"text","content":"a\n\"}]},{\u0001\\"}]}]"#);
        assert_eq!(messages(Vec::<(&str, &str)>::new()), "[]");
        assert_eq!(system_instructions(["a", "b"]), r#"[{"type":"text","content":"a"},{"type":"text","content":"b"}]"#);
    }
}
