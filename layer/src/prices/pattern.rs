//! Patterns of models' names.

/// The wildcard: any characters, none included.
pub(super) const ANY: &str = "*";

/// A name with wildcards, as the literals between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    literals: Vec<String>,
}

impl Pattern {
    /// The pattern; `None` where it has no wildcard and so is a name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.contains(ANY).then(|| Self { literals: text.split(ANY).map(str::to_owned).collect() })
    }

    /// How much it says: its characters that are no wildcards.
    pub(super) fn weight(&self) -> usize {
        self.literals.iter().map(|literal| literal.chars().count()).sum()
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let [first, middle @ .., last] = &self.literals[..] else { return false };
        let inner = name.strip_prefix(&first[..]).and_then(|rest| rest.strip_suffix(&last[..]));
        // The leftmost place of each literal leaves the most for the next one.
        let next = |rest: &str, literal: &String| rest.find(literal).map(|at| at + literal.len());
        let step = |rest, literal| next(rest, literal).and_then(|end| rest.get(end..));
        inner.is_some_and(|inner| middle.iter().try_fold(inner, step).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).expect("a wildcard").matches(name)
    }

    /// By the definition: a wildcard is nothing, or one character more.
    fn naive(pattern: &[char], name: &[char]) -> bool {
        match (pattern, name) {
            (['*', rest @ ..], _) => naive(rest, name) || (!name.is_empty() && naive(pattern, &name[1..])),
            ([p, pattern @ ..], [n, name @ ..]) => p == n && naive(pattern, name),
            (pattern, name) => pattern.is_empty() && name.is_empty(),
        }
    }

    #[test]
    fn a_literal_is_not_used_for_both_ends() {
        assert!(matches("gpt-4o*", "gpt-4o") && matches("gpt-4o*", "gpt-4o-mini") && !matches("gpt-4o*", "gpt-4"));
        assert!(matches("*-4o", "gpt-4o") && matches("g*4*o", "gpt-4o") && matches("*", ""));
        assert!(!matches("aba*aba", "aba") && !matches("a*bb*b", "abb"));
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_its_definition_says(pattern in "[ab*]{0,6}\\*[abü*]{0,4}", name in "[abü]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &name), naive(&chars(&pattern), &chars(&name)));
        }
    }
}
