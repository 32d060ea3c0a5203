//! Texts of requests, as attributes may have them: short, and without what could mislead a reader.

use std::borrow::Cow;

/// So many characters are kept.
const MAX_CHARS: usize = 256;

/// The text, cut, its control characters replaced.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_CHARS && !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let replace = |char: char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char };
    Cow::Owned(text.chars().take(MAX_CHARS).map(replace).collect())
}

/// Likewise of bytes, of which not all need be text.
pub(super) fn clean_bytes(bytes: &[u8]) -> Cow<'_, str> {
    const MAX_BYTES: usize = MAX_CHARS * 4;
    match String::from_utf8_lossy(bytes.get(..MAX_BYTES).unwrap_or(bytes)) {
        Cow::Borrowed(text) => clean(text),
        Cow::Owned(text) => Cow::Owned(clean(&text).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_and_clean_is_not_copied() {
        assert!(matches!(clean("/v1/chat"), Cow::Borrowed("/v1/chat")));
        assert!(matches!(clean_bytes("curl/8 – é".as_bytes()), Cow::Borrowed("curl/8 – é")));
    }

    #[test]
    fn what_is_long_is_cut_by_characters() {
        let long = "é".repeat(5_000);
        assert_eq!(clean(&long), "é".repeat(256));
        assert_eq!(clean_bytes(long.as_bytes()), "é".repeat(256));
        assert_eq!(clean(&"é".repeat(200)), "é".repeat(200));
    }

    #[test]
    fn what_misleads_is_replaced() {
        assert_eq!(clean("a\r\nb\u{1b}[31m\u{85}"), "a��b�[31m�");
        assert_eq!(clean_bytes(b"a\xff\tb"), "a��b");
    }
}
