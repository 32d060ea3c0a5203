//! What is a number of tokens, and what only looks like one.

/// A number of tokens: any integer, or an `Option` of one. What is below 0 or too large for an `i64` is absent, and told: see
/// [`Usage::invalid`](super::Usage::invalid).
#[diagnostic::on_unimplemented(message = "`{Self}` is no count of tokens", note = "a count is an integer or an `Option` of one")]
pub trait Count: sealed::Sealed {
    /// The count, where there is one.
    ///
    /// # Errors
    ///
    /// What is there is no count.
    fn count(self) -> Result<Option<i64>, CountProblem>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! counts {
    ($($integer:ty),*) => {$(
        impl sealed::Sealed for $integer {}
        impl Count for $integer {
            #[allow(unused_comparisons, reason = "one form for all integers")]
            fn count(self) -> Result<Option<i64>, CountProblem> {
                match i64::try_from(self) {
                    Ok(count) if count >= 0 => Ok(Some(count)),
                    _ if self < 0 => Err(CountProblem::Negative),
                    _ => Err(CountProblem::TooLarge),
                }
            }
        }
    )*};
}

counts!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl<C: Count> sealed::Sealed for Option<C> {}
impl<C: Count> Count for Option<C> {
    fn count(self) -> Result<Option<i64>, CountProblem> {
        self.map_or(Ok(None), Count::count)
    }
}

impl<C: Count + Copy> sealed::Sealed for &C {}
impl<C: Count + Copy> Count for &C {
    fn count(self) -> Result<Option<i64>, CountProblem> {
        (*self).count()
    }
}

/// What was counted already.
impl sealed::Sealed for Result<Option<i64>, CountProblem> {}
impl Count for Result<Option<i64>, CountProblem> {
    fn count(self) -> Self {
        self.and_then(Count::count)
    }
}

/// What kind of tokens a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TokenKind {
    /// All input tokens.
    Prompt,
    /// All output tokens.
    Completion,
    /// Input tokens read from a cache.
    CacheRead,
    /// Input tokens written to a cache.
    CacheWrite,
    /// Output tokens of reasoning.
    Reasoning,
    /// Input tokens of audio.
    AudioPrompt,
    /// Output tokens of audio.
    AudioCompletion,
}

impl TokenKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Prompt,
        Self::Completion,
        Self::CacheRead,
        Self::CacheWrite,
        Self::Reasoning,
        Self::AudioPrompt,
        Self::AudioCompletion,
    ];

    /// What a report calls it: `prompt`, `cache read`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Completion => "completion",
            Self::CacheRead => "cache read",
            Self::CacheWrite => "cache write",
            Self::Reasoning => "reasoning",
            Self::AudioPrompt => "audio prompt",
            Self::AudioCompletion => "audio completion",
        }
    }
}

/// Why a value is not a valid count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CountProblem {
    /// It is below 0. The count is left out.
    Negative,
    /// It is no whole number. The count is left out.
    Fractional,
    /// It is beyond an `i64`. The count is left out.
    TooLarge,
    /// It is a text. Where that text is a whole number the count is taken.
    Text,
    /// It is no number at all: a list, an object, a boolean. The count is left out.
    NoNumber,
}

impl CountProblem {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Negative, Self::Fractional, Self::TooLarge, Self::Text, Self::NoNumber];

    /// What a report says of it: `negative`, `a fraction`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Fractional => "a fraction",
            Self::TooLarge => "too large",
            Self::Text => "a text",
            Self::NoNumber => "no number",
        }
    }
}
