//! Texts of others, as they are shown: on one line, not too long, and without what a terminal would obey.

use std::fmt::{self, Write as _};

/// So many characters of a value are shown.
const LONGEST: usize = 500;

/// A text from outside, as it is shown.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, is_hostile, f)
    }
}

/// The value of one of several pairs on a line: in quotes where it would not be told from what stands beside it.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| !c.is_whitespace() && !"\"\\=,{}".contains(c);
        if !self.0.is_empty() && self.0.chars().all(is_plain) {
            return Shown(self.0).fmt(f);
        }
        f.write_char('"')?;
        write(self.0, |c| is_hostile(c) || c == '"' || c == '\\', f)?;
        f.write_char('"')
    }
}

fn write(text: &str, escapes: impl Fn(char) -> bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, c) in text.chars().enumerate() {
        if index == LONGEST {
            return write!(f, "… ({} more characters)", text.chars().count() - LONGEST);
        }
        if escapes(c) {
            // Control characters have an escape in any case, others a code.
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '"' | '\\' => write!(f, "\\{c}")?,
                other => write!(f, "{}", other.escape_unicode())?,
            }
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

/// What ends a line or steers a terminal, or changes the order in which others are read.
fn is_hostile(c: char) -> bool {
    let is_break = matches!(c, '\u{2028}' | '\u{2029}');
    let is_direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || is_break || is_direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        let text = "a\nb\r\u{1b}[31mred\u{9b}31m\u{2028}\u{202e}\u{7f} naïve \"模型\" \\ 🚀";
        let shown = r#"a\nb\r\u{1b}[31mred\u{9b}31m\u{2028}\u{202e}\u{7f} naïve "模型" \ 🚀"#;
        assert_eq!(Shown(text).to_string(), shown);
    }

    #[test]
    fn a_value_that_could_be_taken_for_another_pair_is_quoted() {
        let values = ["gpt-4o", "", "a b", "a=b", "say \"x\"", "a\nb", r"C:\"];
        let shown = values.map(|value| Quoted(value).to_string());
        assert_eq!(shown, ["gpt-4o", "\"\"", "\"a b\"", "\"a=b\"", r#""say \"x\"""#, r#""a\nb""#, r#""C:\\""#]);
    }

    #[test]
    fn a_long_value_is_cut_and_says_so() {
        let text = "ü".repeat(LONGEST + 7);
        assert_eq!(Shown(&text).to_string(), format!("{}… (7 more characters)", "ü".repeat(LONGEST)));
        assert_eq!(Shown(&"x".repeat(LONGEST)).to_string().len(), LONGEST);
    }
}
