//! JSON text without a serializer: the crate's core has no dependency for it.

use std::fmt::Write as _;

/// Appends the text as a JSON string, quotes included.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a `String` does not fail.
            control if control.is_control() => _ = write!(out, "\\u{:04x}", u32::from(control)),
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// Appends a JSON array, each element written by `write`.
pub(crate) fn array<T>(elements: impl IntoIterator<Item = T>, out: &mut String, mut write: impl FnMut(T, &mut String)) {
    out.push('[');
    for (i, element) in elements.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(element, out);
    }
    out.push(']');
}

/// The texts as a JSON array; `None` where there is nothing to list.
pub(crate) fn list<T: AsRef<str>>(texts: &[T]) -> Option<String> {
    let mut out = String::new();
    array(texts, &mut out, |text, out| quote(text.as_ref(), out));
    (!texts.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_forbids_in_a_string_is_escaped() {
        let mut out = String::new();
        quote("a \"b\" \\ \n\r\t\u{0}\u{1f}\u{7f} ü 🦀", &mut out);
        assert_eq!(out, r#""a \"b\" \\ \n\r\t\u0000\u001f\u007f ü 🦀""#);
    }

    #[test]
    fn a_list_of_nothing_is_none() {
        assert_eq!(list(&["stop", "say \"x\""]).as_deref(), Some(r#"["stop","say \"x\""]"#));
        assert_eq!(list::<&str>(&[]), None);
    }
}
