//! Values as text, whatever their `Debug` or `Display` does.

use std::{
    error::Error,
    fmt::{self, Write as _},
};

use crate::guard;

/// Longer values are cut: so many bytes are kept, as in JSON logs.
const LIMIT: usize = 64 * 1024;
/// Ends a value that was cut.
const CUT: &str = "…[cut]";
/// Ends a value whose formatting reported an error.
const FAILED: &str = "…[format error]";
/// Stands for a value whose formatting panicked.
const PANICKED: &str = "<panicked>";
/// A chain of sources longer than this is a loop, or nobody reads it.
const SOURCES: usize = 32;

/// The text, cut where it is too long.
pub(super) fn of_str(text: &str) -> String {
    if text.len() <= LIMIT { text.to_owned() } else { [floor(text, LIMIT), CUT].concat() }
}

/// What its `Debug` writes.
pub(super) fn of_debug(value: &dyn fmt::Debug) -> String {
    format(|text| write!(text, "{value:?}"))
}

/// The error and its sources, from the outside in, separated by `: `.
pub(super) fn of_error(value: &(dyn Error + 'static)) -> String {
    format(|text| {
        write!(text, "{value}")?;
        let sources = std::iter::successors(value.source(), |error: &&(dyn Error + 'static)| (*error).source());
        for source in sources.take(SOURCES) {
            write!(text, ": {source}")?;
        }
        Ok(())
    })
}

/// As lower-case hexadecimal digits, two a byte.
pub(super) fn of_bytes(value: &[u8]) -> String {
    format(|text| value.iter().try_for_each(|byte| write!(text, "{byte:02x}")))
}

fn format(write: impl FnOnce(&mut Text) -> fmt::Result) -> String {
    let written = guard::run(|| {
        let mut text = Text { text: String::new(), cut: false };
        let result = write(&mut text);
        let end = if text.cut {
            CUT
        } else if result.is_err() {
            FAILED
        } else {
            ""
        };
        text.text.push_str(end);
        text.text
    });
    written.unwrap_or_else(|| PANICKED.to_owned())
}

/// Takes what is formatted into it as far as the limit; then reports an error, which ends the formatting early.
struct Text {
    text: String,
    cut: bool,
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = LIMIT - self.text.len();
        if self.cut || text.len() > left {
            if !self.cut {
                self.text.push_str(floor(text, left));
                self.cut = true;
            }
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// The longest beginning of at most so many bytes that ends between two characters.
fn floor(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters_and_says_so() {
        let long = "ü".repeat(LIMIT);
        let expected = format!("{}{CUT}", "ü".repeat(LIMIT / 2));
        assert_eq!(of_str(&long), expected);
        assert_eq!(of_debug(&format_args!("{long}")), expected);
        assert_eq!(of_debug(&format_args!("{}{long}", "x")).len(), LIMIT - 1 + CUT.len());
        assert_eq!(of_str("short"), "short");
    }

    #[test]
    fn a_value_that_panics_or_fails_is_told_as_such() {
        struct Panics;
        impl fmt::Debug for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("no")
            }
        }
        struct Fails;
        impl fmt::Debug for Fails {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(of_debug(&Panics), "<panicked>");
        assert_eq!(of_debug(&Fails), "half…[format error]");
    }

    #[test]
    fn an_error_is_told_with_its_sources() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("request failed")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        assert_eq!(of_error(&Outer(std::io::Error::other("reset"))), "request failed: reset");
    }
}
