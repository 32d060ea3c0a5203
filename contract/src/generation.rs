//! The generations of the GenAI conventions that are in use.

/// Which generation of the GenAI conventions is meant; three are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// semantic-conventions v1.41.1: what backends and libraries read today.
    #[default]
    G1,
    /// semantic-conventions-genai of October 2026: `cache_write` for `cache_creation`, token counters for the token histogram.
    G2,
    /// semantic-conventions-genai, its later main: inference metrics under names of their own.
    G3,
}

impl Generation {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::G1, Self::G2, Self::G3];

    /// The name by which its contract, and its set of metrics, is chosen.
    pub(crate) const fn contract_name(self) -> &'static str {
        match self {
            Self::G1 => "gen_ai",
            Self::G2 => "gen_ai/g2",
            Self::G3 => "gen_ai/g3",
        }
    }
}
