//! Texts from outside, as labels have them: short, and without what would break a line.

use std::borrow::Cow;

/// Longer texts are cut: so many bytes are kept.
const MAX_LENGTH: usize = 256;

/// Cuts a text at a character's border, to what is kept of it.
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= MAX_LENGTH {
        return text;
    }
    let border = (0..=MAX_LENGTH).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..border]
}

/// A text as a label has it: cut, and cleaned of control characters and line breaks.
pub(crate) fn cleaned(text: &str) -> Cow<'_, str> {
    let is_dirty = |c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}';
    let text = cut(text);
    if text.contains(is_dirty) { Cow::Owned(text.replace(is_dirty, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_border() {
        let text = "ü".repeat(1_000);
        assert_eq!(cut(&text).len(), MAX_LENGTH);
        assert_eq!(cut(&format!("x{text}")).len(), MAX_LENGTH - 1);
        assert_eq!(cut("gpt-4o"), "gpt-4o");
    }

    #[test]
    fn what_would_break_a_line_is_replaced() {
        assert_eq!(cleaned("a\nb\u{0}c\u{85}\u{2028}d"), "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}d");
        assert_eq!(cleaned("naïve \"模型\" 🚀"), "naïve \"模型\" 🚀");
    }
}
