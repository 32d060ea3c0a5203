//! What must not be shown, in whatever a server says.

use crate::pipeline::settings::Secret;

/// The longest text of a server's that is shown, in characters.
const LONGEST: usize = 300;

/// Shorter words within a header's value are no secrets: `Bearer`, `Basic`.
const SHORTEST_WORD: usize = 7;

/// The values of headers, which servers and libraries may repeat in what they say.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut secrets = Self::default();
        for value in values {
            let value = value.expose().trim();
            let words = value.split_whitespace().filter(|word| word.len() >= SHORTEST_WORD);
            for secret in words.chain([value]).filter(|value| !value.is_empty()) {
                secrets.add(secret);
            }
        }
        secrets
    }

    pub(super) fn add(&mut self, value: &str) {
        self.0.push(value.to_owned());
        // One may be part of another.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self.0.dedup();
    }

    /// The text on one line, without secrets, cut to a readable length.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            text = text.replace(secret.as_str(), "<secret>");
        }
        let mut line: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.chars().nth(LONGEST).is_some() {
            line.push('…');
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_headers_are_taken_out_whole_and_in_parts() {
        let secrets = Secrets::of(&[Secret::new("Bearer token-1234"), Secret::new("k")]);
        assert_eq!(secrets.clean("no Bearer token-1234\nand no token-1234"), "no <secret> and no <secret>");
        assert_eq!(secrets.clean("Bearer?"), "Bearer?");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cleaned = Secrets::default().clean(&"ü".repeat(1_000));
        assert_eq!(cleaned.chars().count(), LONGEST + 1);
    }
}
