//! Text as the inside of a JSON string.

/// Appends the text, escaped as RFC 8259 demands: `"`, `\` and the control characters below U+0020.
#[inline]
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if is_clean(bytes) {
        out.extend_from_slice(bytes);
    } else {
        escape_each(bytes, out);
    }
}

#[cold]
fn escape_each(mut rest: &[u8], out: &mut Vec<u8>) {
    loop {
        let (clean, tail) = rest.split_at(clean_length(rest));
        out.extend_from_slice(clean);
        let Some((byte, after)) = tail.split_first() else { return };
        escape_byte(*byte, out);
        rest = after;
    }
}

/// Appends `,"name":`. A line's first comma becomes its opening brace.
pub(super) fn key(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    escape(name, out);
    out.extend_from_slice(b"\":");
}

/// Nearly all text is clean, so many bytes are looked at a time, the last ones again with what is before them.
#[inline]
fn is_clean(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk() {
        let (chunks, _) = bytes.as_chunks();
        return chunks.iter().all(all_clean) && all_clean(last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (hits(*first) | hits(*last)) == 0;
    }
    !bytes.iter().any(|byte| must_escape(*byte))
}

/// How many bytes there are before the first that must be escaped.
fn clean_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let hits = hits(*word);
        if hits != 0 {
            return at * 8 + hits.trailing_zeros() as usize / 8;
        }
    }
    let clean = rest.iter().position(|byte| must_escape(*byte)).unwrap_or(rest.len());
    words.len() * 8 + clean
}

/// Without a way out of the loop, so that it becomes a few instructions on all sixteen bytes.
#[inline]
fn all_clean(bytes: &[u8; 16]) -> bool {
    !bytes.iter().fold(false, |any, byte| any | must_escape(*byte))
}

/// One bit turned, the quote stands next to the control characters: two comparisons do for three.
#[inline]
fn must_escape(byte: u8) -> bool {
    (byte ^ QUOTE_BIT) < CONTROLS_AND_QUOTE || byte == b'\\'
}

const QUOTE_BIT: u8 = 0x02;
const CONTROLS_AND_QUOTE: u8 = (b'"' ^ QUOTE_BIT) + 1;

/// Zero if none of the eight bytes must be escaped, otherwise its lowest bit set is the high bit of the first that must.
/// The known trick: in `(x - n) & !x & 0x80` the high bit of a byte is set if it is below n. A borrow reaches a later
/// byte only from one that itself is a hit, so the first hit stands.
#[inline]
fn hits(eight: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let eight = u64::from_le_bytes(eight);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let turned = |byte: u8| eight ^ (ONES * u64::from(byte));
    below(turned(QUOTE_BIT), u64::from(CONTROLS_AND_QUOTE)) | below(turned(b'\\'), 1)
}

fn escape_byte(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 0xf));
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', DIGITS[high], DIGITS[low]]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(text: &str) -> Vec<u8> {
        let mut out = vec![b'"'];
        escape(text, &mut out);
        out.push(b'"');
        out
    }

    #[test]
    fn every_control_character_is_escaped_at_every_place_of_a_word() {
        for byte in 0_u8..=0x7f {
            for before in 0..40 {
                for after in [0, 1, 7, 8, 9, 16, 33] {
                    let text = format!("{}{}{}", "a".repeat(before), char::from(byte), "b".repeat(after));
                    let read: String = serde_json::from_slice(&quoted(&text)).expect("valid JSON");
                    assert_eq!(read, text);
                }
            }
        }
    }

    /// Byte by byte.
    fn plain(text: &str) -> Vec<u8> {
        let mut out = vec![b'"'];
        for byte in text.bytes() {
            if byte < 0x20 || byte == b'"' || byte == b'\\' { escape_byte(byte, &mut out) } else { out.push(byte) }
        }
        out.push(b'"');
        out
    }

    proptest! {
        #[test]
        fn many_bytes_at_a_time_are_escaped_as_each_alone(text in "([a-z]{0,20}|[\\x00-\\x7f]{0,3}|ü|\"|\\\\|\u{1f}){0,12}") {
            prop_assert_eq!(quoted(&text), plain(&text));
        }

        #[test]
        fn any_text_reads_back_as_it_was(text in any::<String>()) {
            let read: String = serde_json::from_slice(&quoted(&text)).expect("valid JSON");
            prop_assert_eq!(read, text);
        }
    }
}
