//! What the presets of `usage = …` read from a response.

use std::borrow::Cow;

use crate::usage::{Count, CountProblem, Report, Response, Usage};

/// A report in the making: the counts, and what a preset reads beside them.
#[derive(Debug)]
pub struct Details<'a>(Report<'a>);

impl<'a> Details<'a> {
    /// The counts.
    pub fn new(usage: Option<Usage>) -> Self {
        Self(Report::new(usage, Response::default()))
    }

    /// With the response's id.
    #[must_use]
    pub fn id(mut self, id: Option<Cow<'a, str>>) -> Self {
        self.0.response.id = id;
        self
    }

    /// With the model that answered.
    #[must_use]
    pub fn model(mut self, model: Option<Cow<'a, str>>) -> Self {
        self.0.response.model = model;
        self
    }

    /// With why generation stopped.
    #[must_use]
    pub fn reasons(mut self, reasons: impl IntoIterator<Item = Option<String>>) -> Self {
        self.0.response.finish_reasons = reasons.into_iter().flatten().map(Cow::Owned).collect();
        self
    }

    /// The report.
    pub fn report(self) -> Report<'a> {
        self.0
    }
}

/// Counts of a provider whose input leaves out what was read from and written to a cache.
pub fn cached_apart(input: impl Count, read: impl Count, write: impl Count, output: impl Count) -> Usage {
    Usage::new(input, output).cache_read(read).cache_write(write).with_cache_in_prompt()
}

/// Two counts together, of which one may be absent.
///
/// # Errors
///
/// One of them is no count, or their sum is too large.
pub fn plus(one: impl Count, other: impl Count) -> Result<Option<i64>, CountProblem> {
    match (one.count()?, other.count()?) {
        (Some(one), Some(other)) => one.checked_add(other).map(Some).ok_or(CountProblem::TooLarge),
        (one, other) => Ok(one.or(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_without_the_cache_is_made_whole() {
        let usage = cached_apart(10_u32, Some(100_u32), None::<u32>, 5_u32);
        assert_eq!(usage, Usage::new(110, 5).cache_read(100));
    }

    #[test]
    fn an_input_that_was_not_sent_is_not_made_up_from_the_cache() {
        assert_eq!(cached_apart(None::<u32>, 7, 7, 5).prompt, None);
    }
}
