//! Text as the inside of a JSON string.

/// Appends the text, escaped as RFC 8259 demands: `"`, `\` and the control characters below U+0020.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if is_clean(bytes) {
        out.extend_from_slice(bytes);
    } else {
        escape_each(bytes, out);
    }
}

fn escape_each(mut rest: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = rest.iter().position(|byte| must_escape(*byte)) {
        let (clean, tail) = rest.split_at(at);
        out.extend_from_slice(clean);
        let Some((byte, after)) = tail.split_first() else { return };
        escape_byte(*byte, out);
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// Appends `,"name":`. A line's first comma becomes its opening brace.
pub(super) fn key(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    escape(name, out);
    out.extend_from_slice(b"\":");
}

/// Nearly all text is clean, so eight bytes are looked at a time, the last eight again with what is before them.
fn is_clean(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return !bytes.iter().any(|byte| must_escape(*byte));
    };
    let (words, _) = bytes.as_chunks();
    let clean = |word: &[u8; 8]| !any_to_escape(u64::from_le_bytes(*word));
    words.iter().all(clean) && clean(last)
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether any of eight bytes must be escaped. The known trick: in `(x - n) & !x & 0x80` the high bit of a byte is set
/// if it is below n. A borrow reaches a neighbour only from a byte that itself is a hit, so the answer stands.
fn any_to_escape(eight: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let equal = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    (below(eight, 0x20) | equal(b'"') | equal(b'\\')) != 0
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
            for before in 0..9 {
                let text = format!("{}{}{}", "a".repeat(before), char::from(byte), "b".repeat(9));
                let read: String = serde_json::from_slice(&quoted(&text)).expect("valid JSON");
                assert_eq!(read, text);
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_it_was(text in any::<String>()) {
            let read: String = serde_json::from_slice(&quoted(&text)).expect("valid JSON");
            prop_assert_eq!(read, text);
        }
    }
}
