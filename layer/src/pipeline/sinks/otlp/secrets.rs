//! What must not be shown, in whatever a server says.

use crate::pipeline::settings::Secret;

/// The longest text of a server's that is shown, in characters.
const LONGEST: usize = 300;

/// Shorter values are no secrets, and would be found in any text.
const SHORTEST: usize = 4;

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
            for secret in words.chain([value]) {
                secrets.add(secret);
            }
        }
        secrets
    }

    pub(super) fn add(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        self.0.push(value.to_owned());
        // One may be part of another.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self.0.dedup();
    }

    /// What a server or a library says, on one line, without secrets, cut to a readable length.
    pub(super) fn clean(&self, text: &str) -> String {
        let (mut line, mut rest, mut length) = (String::new(), text, 0);
        while let Some(first) = rest.chars().next() {
            if length == LONGEST {
                line.push('…');
                break;
            }
            length += 1;
            if let Some(secret) = self.0.iter().find(|secret| rest.starts_with(secret.as_str())) {
                line.push_str("<secret>");
                rest = rest.get(secret.len()..).unwrap_or_default();
            } else {
                line.push(if first.is_control() { ' ' } else { first });
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
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

    #[test]
    fn short_values_and_what_stands_for_secrets_are_left_as_they_are() {
        let secrets = Secrets::of(&[Secret::new("1"), Secret::new("secret"), Secret::new("Bearer-1")]);
        assert_eq!(secrets.clean("status 401: Bearer-1, secret"), "status 401: <secret>, <secret>");
    }
}
