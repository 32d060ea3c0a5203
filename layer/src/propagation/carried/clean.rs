//! Texts of clients, made fit for attributes and logs.

/// So many characters are kept.
const MAX_CHARACTERS: usize = 128;

/// Without control characters, without what is not UTF-8, trimmed and cut; `None` where nothing is left.
pub(super) fn cleaned(text: &[u8]) -> Option<String> {
    let characters = text.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    let printable = characters.filter(|character| !character.is_control()).skip_while(|character| character.is_whitespace());
    let mut cleaned: String = printable.take(MAX_CHARACTERS).collect();
    cleaned.truncate(cleaned.trim_end().len());
    (!cleaned.is_empty()).then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_without_what_does_harm() {
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"s-17", Some("s-17")),
            (b" \t s 17 \t", Some("s 17")),
            (b"", None),
            (b" \t\x7f", None),
            (b"a\x1b[31mb\r\nc", Some("a[31mbc")),
            ("ä\u{85}ö".as_bytes(), Some("äö")),
            (b"a\xffb\xc3", Some("ab")),
            (b"\xff\xfe", None),
        ];
        for (text, expected) in cases {
            assert_eq!(cleaned(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cleaned("ä".repeat(200).as_bytes()), Some("ä".repeat(128)));
        assert_eq!(cleaned(format!("{} b", "a".repeat(127)).as_bytes()), Some("a".repeat(127)), "no space is left at the cut");
    }
}
