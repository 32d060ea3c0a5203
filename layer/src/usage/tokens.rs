//! The tokens of a call.

use std::fmt;

use super::count::{Count, CountProblem, TokenKind};

/// The tokens that a call used, by the OpenTelemetry GenAI conventions' count: the prompt includes cached tokens, the completion
/// includes reasoning. Parts are told beside them and never added to them.
///
/// A count that the provider did not send stays absent: absent is not zero.
///
/// ```
/// use llm_span::Usage;
///
/// let usage = Usage::new(128_u32, 64_u32).cache_read(Some(100_u32));
/// assert_eq!(usage.total(), Some(192));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub prompt: Option<i64>,
    /// All output tokens, reasoning included.
    pub completion: Option<i64>,
    /// Input tokens read from a cache, a part of the prompt.
    pub cache_read: Option<i64>,
    /// Input tokens written to a cache, a part of the prompt.
    pub cache_write: Option<i64>,
    /// Output tokens of reasoning, a part of the completion.
    pub reasoning: Option<i64>,
    /// Input tokens of audio, a part of the prompt.
    pub audio_prompt: Option<i64>,
    /// Output tokens of audio, a part of the completion.
    pub audio_completion: Option<i64>,
    /// Whether a count among them is an estimate.
    pub estimated: bool,
    /// Values sent as counts that are not valid counts.
    pub invalid: InvalidCounts,
    uncached: Uncached,
}

/// The prompt as it was sent by a provider that leaves the cache out of it: a later snapshot may tell the one without the other.
#[derive(Clone, Copy, Debug, Default)]
struct Uncached {
    applies: bool,
    prompt: Option<i64>,
}

impl Usage {
    /// Tokens of prompt and completion.
    pub fn new(prompt: impl Count, completion: impl Count) -> Self {
        Self::default().with(TokenKind::Prompt, prompt).with(TokenKind::Completion, completion)
    }

    /// Tokens of a call that has input only, as embeddings: the completion is a true 0. Not for a prompt whose completion comes
    /// later: that is `Usage::new(prompt, None::<u32>)`.
    pub fn input_only(prompt: impl Count) -> Self {
        Self::new(prompt, 0)
    }

    /// With the part of the prompt that was read from a cache.
    #[must_use]
    pub fn cache_read(self, tokens: impl Count) -> Self {
        self.with(TokenKind::CacheRead, tokens)
    }

    /// With the part of the prompt that was written to a cache.
    #[must_use]
    pub fn cache_write(self, tokens: impl Count) -> Self {
        self.with(TokenKind::CacheWrite, tokens)
    }

    /// With the part of the completion that was reasoning.
    #[must_use]
    pub fn reasoning(self, tokens: impl Count) -> Self {
        self.with(TokenKind::Reasoning, tokens)
    }

    /// With the parts of prompt and completion that were audio.
    #[must_use]
    pub fn audio(self, prompt: impl Count, completion: impl Count) -> Self {
        self.with(TokenKind::AudioPrompt, prompt).with(TokenKind::AudioCompletion, completion)
    }

    /// Adds what was read from and written to a cache to the prompt: of providers whose count of input leaves it out, as Anthropic's
    /// does. Without all of its parts the prompt is absent.
    ///
    /// Of snapshots of a stream each says so: what a later one leaves out is taken from those before it, and added again.
    #[must_use]
    pub fn with_cache_in_prompt(mut self) -> Self {
        self.uncached = Uncached { applies: true, prompt: self.uncached.prompt.or(self.prompt) };
        self.whole_prompt()
    }

    /// With the prompt of all the parts it was sent in.
    fn whole_prompt(mut self) -> Self {
        self.prompt = None;
        if let Some(uncached) = self.uncached.prompt.filter(|_| self.is_input_known()) {
            let mut parts = [self.cache_read, self.cache_write].into_iter().flatten();
            self.prompt = parts.try_fold(uncached, i64::checked_add);
            if self.prompt.is_none() {
                self = self.invalid(TokenKind::Prompt, CountProblem::TooLarge);
            }
        }
        self
    }

    /// Whether nothing of the input was sent as a count that is none.
    fn is_input_known(&self) -> bool {
        let input = [
            (TokenKind::Prompt, self.uncached.prompt),
            (TokenKind::CacheRead, self.cache_read),
            (TokenKind::CacheWrite, self.cache_write),
        ];
        self.invalid.iter().all(|(kind, _)| input.iter().all(|(part, count)| *part != kind || count.is_some()))
    }

    /// With a count of that kind.
    #[must_use]
    pub fn with(mut self, kind: TokenKind, tokens: impl Count) -> Self {
        match tokens.count() {
            Ok(count) => *self.count_mut(kind) = count,
            Err(problem) => self = self.invalid(kind, problem),
        }
        self
    }

    /// Notes that something else than a count of that kind was sent. It is recorded as `llm.usage.invalid`, a violation.
    #[must_use]
    pub fn invalid(mut self, kind: TokenKind, problem: CountProblem) -> Self {
        self.invalid.add(kind, problem);
        self
    }

    /// Marked as an estimate; it is recorded as `llm.usage.estimated`, and a label of the counters.
    #[must_use]
    pub fn estimated(mut self) -> Self {
        self.estimated = true;
        self
    }

    /// The count of that kind.
    pub fn get(&self, kind: TokenKind) -> Option<i64> {
        let mut copy = *self;
        *copy.count_mut(kind)
    }

    /// Prompt and completion together; `None` where one is absent or the sum is no `i64`.
    pub fn total(&self) -> Option<i64> {
        self.prompt?.checked_add(self.completion?)
    }

    fn count_mut(&mut self, kind: TokenKind) -> &mut Option<i64> {
        match kind {
            TokenKind::Prompt => &mut self.prompt,
            TokenKind::Completion => &mut self.completion,
            TokenKind::CacheRead => &mut self.cache_read,
            TokenKind::CacheWrite => &mut self.cache_write,
            TokenKind::Reasoning => &mut self.reasoning,
            TokenKind::AudioPrompt => &mut self.audio_prompt,
            TokenKind::AudioCompletion => &mut self.audio_completion,
        }
    }

    /// What `self` has, and what only `other` has. Snapshots of a stream are cumulative: the later one is `self`.
    pub(crate) fn or(self, other: Self) -> Self {
        let mut both = self;
        for kind in TokenKind::ALL {
            let count = both.count_mut(kind);
            *count = count.or(other.get(kind));
        }
        both.estimated |= other.estimated;
        both.invalid.0 |= other.invalid.0;
        if !(self.uncached.applies && other.uncached.applies) {
            let is_of_other = self.prompt.is_none() && (other.prompt.is_some() || !self.uncached.applies);
            both.uncached = if is_of_other { other.uncached } else { self.uncached };
            return both;
        }
        if self.is_input_known() {
            both.uncached.prompt = self.uncached.prompt.or(other.uncached.prompt);
            return both.whole_prompt();
        }
        // A snapshot whose input is no count is not mixed with those before it.
        both.uncached = other.uncached;
        both.prompt = other.prompt;
        both
    }

    /// Takes prompt and completion from an estimate where they are absent.
    pub(crate) fn or_estimate(mut self, estimate: Self) -> Self {
        for kind in [TokenKind::Prompt, TokenKind::Completion] {
            let (count, estimate) = (self.count_mut(kind), estimate.get(kind));
            if count.is_none() && estimate.is_some() {
                *count = estimate;
                self.estimated = true;
            }
        }
        self
    }

    /// Both added, kind by kind; a sum that is no `i64` is absent.
    pub(crate) fn plus(mut self, other: Self) -> Self {
        for kind in TokenKind::ALL {
            let (count, other) = (self.count_mut(kind), other.get(kind));
            *count = match (*count, other) {
                (Some(one), Some(other)) => one.checked_add(other),
                (one, other) => one.or(other),
            };
        }
        self.estimated |= other.estimated;
        self.invalid.0 |= other.invalid.0;
        self.uncached = Uncached::default();
        self
    }
}

/// Two are equal that tell the same.
impl PartialEq for Usage {
    fn eq(&self, other: &Self) -> bool {
        TokenKind::ALL.into_iter().all(|kind| self.get(kind) == other.get(kind))
            && self.estimated == other.estimated
            && self.invalid == other.invalid
    }
}

impl Eq for Usage {}

/// Values sent as counts that are not valid counts, by kind of tokens and problem.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct InvalidCounts(u64);

impl InvalidCounts {
    /// Whether there is nothing of it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is there, in the order of the kinds.
    pub fn iter(self) -> impl Iterator<Item = (TokenKind, CountProblem)> {
        let all = TokenKind::ALL.into_iter().flat_map(|kind| CountProblem::ALL.map(|problem| (kind, problem)));
        all.filter(move |(kind, problem)| self.0 & Self::bit(*kind, *problem) != 0)
    }

    fn add(&mut self, kind: TokenKind, problem: CountProblem) {
        self.0 |= Self::bit(kind, problem);
    }

    const fn bit(kind: TokenKind, problem: CountProblem) -> u64 {
        1 << (kind as usize * CountProblem::ALL.len() + problem as usize)
    }
}

/// `prompt is negative, completion is a text`
impl fmt::Display for InvalidCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (kind, problem)) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{} is {}", kind.name(), problem.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for InvalidCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_count_is_absent_and_told() {
        let usage = Usage::new(-1, u64::MAX).cache_read(Some(7_u8));
        assert_eq!((usage.prompt, usage.completion, usage.cache_read, usage.total()), (None, None, Some(7), None));
        assert_eq!(usage.invalid.to_string(), "prompt is negative, completion is too large");
        assert!(Usage::new(1, None::<u32>).invalid.is_empty());
    }

    #[test]
    fn every_kind_and_problem_has_a_bit_of_its_own() {
        let all: Vec<_> = TokenKind::ALL.into_iter().flat_map(|kind| CountProblem::ALL.map(|problem| (kind, problem))).collect();
        let usage = all.iter().fold(Usage::default(), |usage, (kind, problem)| usage.invalid(*kind, *problem));
        assert_eq!(usage.invalid.iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn an_estimate_fills_in_what_is_absent_and_nothing_else() {
        let estimate = Usage::new(10, 20);
        let filled = Usage::new(128, None::<i64>).or_estimate(estimate);
        assert_eq!(filled, Usage::new(128, 20).estimated());
        assert_eq!(Usage::new(1, 2).or_estimate(estimate), Usage::new(1, 2));
    }

    #[test]
    fn of_two_snapshots_the_later_holds_for_what_it_tells() {
        let later = Usage::new(None::<i64>, 5).or(Usage::new(10, 1).cache_read(3));
        assert_eq!(later, Usage::new(10, 5).cache_read(3));
    }

    #[test]
    fn a_later_prompt_without_its_cache_is_made_whole_with_the_cache_before_it() {
        let start = Usage::new(3, 1).cache_read(100).cache_write(20).with_cache_in_prompt();
        let delta = Usage::new(5, 15).with_cache_in_prompt();
        assert_eq!(delta.or(start), Usage::new(125, 15).cache_read(100).cache_write(20));
        let cache = Usage::new(None::<i64>, 15).cache_read(200).with_cache_in_prompt();
        assert_eq!(cache.or(start), Usage::new(223, 15).cache_read(200).cache_write(20));
        assert_eq!(Usage::new(None::<i64>, 15).or(start).prompt, Some(123));
    }

    #[test]
    fn what_counts_otherwise_is_not_added_to_a_prompt_that_is_whole() {
        let whole = Usage::new(3, 1).cache_read(100).with_cache_in_prompt();
        let other = Usage::new(10, 20).cache_write(5);
        assert_eq!(whole.or(other), Usage::new(103, 1).cache_read(100).cache_write(5));
        assert_eq!(other.or(whole), Usage::new(10, 20).cache_read(100).cache_write(5));
    }

    #[test]
    fn a_later_cache_that_is_no_count_leaves_the_prompt_as_it_was() {
        let start = Usage::new(3, 1).cache_read(100).with_cache_in_prompt();
        let broken = Usage::new(5, 15).cache_read(-1).with_cache_in_prompt();
        assert_eq!(broken.prompt, None);
        assert_eq!((broken.or(start).prompt, broken.or(start).completion), (Some(103), Some(15)));
        let output = Usage::new(None::<i64>, 20).with_cache_in_prompt();
        assert_eq!(output.or(broken).prompt, None, "it is still not known what was read");
        assert_eq!(start.or(broken).prompt, Some(103), "a later one that is whole mends it");
    }

    #[test]
    fn a_whole_prompt_beyond_an_i64_is_absent_and_told() {
        let usage = Usage::new(i64::MAX, 1).cache_read(1).with_cache_in_prompt();
        assert_eq!((usage.prompt, usage.invalid.to_string()), (None, "prompt is too large".to_owned()));
    }
}
