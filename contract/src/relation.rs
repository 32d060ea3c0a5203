//! Rules between attributes of one span.

use std::borrow::Cow;

/// A rule between attributes of one span. It is checked where all its attributes were recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relation {
    /// `total` is the sum of `parts`.
    Sum {
        /// The key of the sum.
        total: Cow<'static, str>,
        /// The keys of what is added.
        parts: Cow<'static, [Cow<'static, str>]>,
    },
    /// Both have the same value.
    Equal(Cow<'static, str>, Cow<'static, str>),
    /// Both name the same provider, each in its spelling; see [`provider`](crate::provider).
    SameProvider(Cow<'static, str>, Cow<'static, str>),
    /// `part` is not more than `whole`.
    PartOf {
        /// The key of the part.
        part: Cow<'static, str>,
        /// The key of the whole.
        whole: Cow<'static, str>,
    },
}

impl Relation {
    /// The keys it speaks of; the one to blame first.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Self::Sum { total, parts } => std::iter::once(total.as_ref()).chain(parts.iter().map(AsRef::as_ref)).collect(),
            Self::Equal(a, b) | Self::SameProvider(a, b) => vec![a, b],
            Self::PartOf { part, whole } => vec![part, whole],
        }
    }
}
