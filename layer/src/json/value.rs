//! Field values as JSON. Whatever a user's `Debug` does, what is written is one valid JSON value.

use super::escape::escape;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Stands for a value whose formatting panicked.
const PANICKED: &[u8] = b"<panicked>";
/// Ends a value that was cut.
const CUT: &[u8] = "…[cut]".as_bytes();
/// Ends a value whose formatting reported an error.
const FAILED: &[u8] = "…[format error]".as_bytes();
/// A chain of sources longer than this is a loop, or nobody reads it.
const SOURCES: usize = 32;

/// Writes the text of values and the quote that closes it, none longer than the limit. The quote before it stands there already,
/// as most keys bring it along.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    /// In bytes of text, before escaping.
    pub(super) limit: usize,
}

impl Values {
    pub(super) fn str(self, value: &str, out: &mut Vec<u8>) {
        if value.len() <= self.limit {
            escape(value, out);
        } else {
            escape(floor(value, self.limit), out);
            out.extend_from_slice(CUT);
        }
        out.push(b'"');
    }

    /// As lower-case hexadecimal digits, two a byte.
    pub(super) fn bytes(self, value: &[u8], out: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let shown = value.len().min(self.limit / 2);
        for byte in &value[..shown] {
            out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
        }
        if shown < value.len() {
            out.extend_from_slice(CUT);
        }
        out.push(b'"');
    }

    pub(super) fn debug(self, value: &dyn fmt::Debug, out: &mut Vec<u8>) {
        self.format(out, |text| write!(text, "{value:?}"));
    }

    /// The error and its sources, from the outside in, separated by `: `.
    pub(super) fn error(self, value: &(dyn Error + 'static), out: &mut Vec<u8>) {
        self.format(out, |text| {
            write!(text, "{value}")?;
            let sources = std::iter::successors(value.source(), |error: &&(dyn Error + 'static)| (*error).source());
            for source in sources.take(SOURCES) {
                write!(text, ": {source}")?;
            }
            Ok(())
        });
    }

    fn format(self, out: &mut Vec<u8>, f: impl FnOnce(&mut Text<'_>) -> fmt::Result) {
        let start = out.len();
        let mut text = Text { left: self.limit, cut: false, out };
        let result = catch_unwind(AssertUnwindSafe(|| f(&mut text)));
        let cut = text.cut;
        match result {
            Ok(Ok(())) if !cut => {}
            Ok(_) if cut => out.extend_from_slice(CUT),
            Ok(_) => out.extend_from_slice(FAILED),
            Err(payload) => {
                forget_payload(payload);
                out.truncate(start);
                out.extend_from_slice(PANICKED);
            }
        }
        out.push(b'"');
    }
}

pub(super) fn signed(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

pub(super) fn unsigned(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A number as far as 64 bits reach, beyond that a string: JSON readers would round it.
pub(super) fn signed_wide(value: i128, out: &mut Vec<u8>) {
    if let Ok(value) = i64::try_from(value) {
        signed(value, out);
    } else if let Ok(value) = u64::try_from(value) {
        unsigned(value, out);
    } else {
        wide(value, out);
    }
}

/// A number as far as 64 bits reach, beyond that a string.
pub(super) fn unsigned_wide(value: u128, out: &mut Vec<u8>) {
    match u64::try_from(value) {
        Ok(value) => unsigned(value, out),
        Err(_) => wide(value, out),
    }
}

fn wide(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    out.push(b'"');
}

pub(super) fn boolean(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// JSON has no form for `NaN` and the infinities: the strings `"NaN"`, `"inf"`, `"-inf"`.
pub(super) fn float(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        let start = out.len();
        if serde_json::to_writer(&mut *out, &value).is_err() {
            out.truncate(start);
            out.extend_from_slice(b"null");
        }
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else if value > 0.0 {
        out.extend_from_slice(b"\"inf\"");
    } else {
        out.extend_from_slice(b"\"-inf\"");
    }
}

/// Escapes what is formatted into it, as far as the limit; then reports an error, which ends the formatting early.
struct Text<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
    cut: bool,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.left {
            self.left -= text.len();
            escape(text, self.out);
            return Ok(());
        }
        if !self.cut {
            self.cut = true;
            escape(floor(text, self.left), self.out);
            self.left = 0;
        }
        Err(fmt::Error)
    }
}

/// The longest beginning of at most so many bytes that ends between two characters.
fn floor(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// What a panic carried may itself panic when it is dropped.
pub(super) fn forget_payload(payload: Box<dyn std::any::Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const VALUES: Values = Values { limit: 8 };

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
        let mut out = Vec::new();
        write(&mut out);
        serde_json::from_slice(&out).expect("valid JSON")
    }

    /// Of what is written after the quote that opens a string.
    fn text(write: impl FnOnce(&mut Vec<u8>)) -> Value {
        written(|out| {
            out.push(b'"');
            write(out);
        })
    }

    #[test]
    fn floats_without_a_json_form_are_strings() {
        assert_eq!(written(|out| float(f64::NAN, out)), json!("NaN"));
        assert_eq!(written(|out| float(f64::INFINITY, out)), json!("inf"));
        assert_eq!(written(|out| float(f64::NEG_INFINITY, out)), json!("-inf"));
        assert_eq!(written(|out| float(0.25, out)), json!(0.25));
    }

    #[test]
    fn integers_beyond_64_bits_are_strings() {
        assert_eq!(written(|out| signed_wide(-1, out)), json!(-1));
        assert_eq!(written(|out| signed_wide(u64::MAX.into(), out)), json!(u64::MAX));
        assert_eq!(written(|out| signed_wide(i128::MIN, out)), json!(i128::MIN.to_string()));
        assert_eq!(written(|out| unsigned_wide(7, out)), json!(7));
        assert_eq!(written(|out| unsigned_wide(u128::MAX, out)), json!(u128::MAX.to_string()));
    }

    #[test]
    fn long_values_are_cut_between_characters_and_say_so() {
        assert_eq!(text(|out| VALUES.str("12345678", out)), json!("12345678"));
        assert_eq!(text(|out| VALUES.str("1234567ü", out)), json!("1234567…[cut]"));
        assert_eq!(text(|out| VALUES.debug(&"12345678", out)), json!("\"1234567…[cut]"));
        assert_eq!(text(|out| VALUES.bytes(&[1; 5], out)), json!("01010101…[cut]"));
    }

    #[test]
    fn a_format_error_is_told_and_what_was_written_stays() {
        struct Half;
        impl fmt::Debug for Half {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(text(|out| VALUES.debug(&Half, out)), json!("half…[format error]"));
    }

    proptest! {
        #[test]
        fn finite_floats_read_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            let mut out = Vec::new();
            float(value, &mut out);
            let text = String::from_utf8(out).expect("ASCII");
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
            prop_assert_eq!(text.parse(), Ok(value));
        }

        #[test]
        fn debug_and_str_write_the_same_text(value in any::<String>()) {
            let values = Values { limit: 64 };
            let shown = format_args!("{value}").to_string();
            prop_assert_eq!(
                text(|out| values.debug(&format_args!("{value}"), out)),
                text(|out| values.str(&shown, out))
            );
        }
    }
}
