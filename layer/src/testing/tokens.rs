//! Tokens of one span, and what is counted of many.

use std::ops::{Add, AddAssign};

use llm_span_contract::{Operation, is_phase, keys};

use super::store::SpanData;

/// Numbers of tokens. The prompt includes cached tokens, the completion includes reasoning.
///
/// ```
/// use llm_span::testing::Tokens;
///
/// assert_eq!(Tokens::new(128, 64).total, 192);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tokens {
    /// Tokens of prompts.
    pub prompt: i64,
    /// Tokens of completions.
    pub completion: i64,
    /// Both together, or what was recorded as the total.
    pub total: i64,
}

impl Tokens {
    /// Tokens of prompt and completion, and their sum.
    pub const fn new(prompt: i64, completion: i64) -> Self {
        Self { prompt, completion, total: prompt.saturating_add(completion) }
    }
}

impl Add for Tokens {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            prompt: self.prompt.saturating_add(other.prompt),
            completion: self.completion.saturating_add(other.completion),
            total: self.total.saturating_add(other.total),
        }
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(tokens: I) -> Self {
        tokens.fold(Self::default(), Add::add)
    }
}

/// The tokens recorded on a span; `None` where there are none. A negative number is no count.
pub(super) fn of(span: &SpanData) -> Option<Tokens> {
    let number = |key| span.get(key)?.as_int().filter(|number| *number >= 0);
    let prompt = number(keys::LLM_TOKENS_PROMPT).or_else(|| number(keys::GEN_AI_USAGE_INPUT_TOKENS));
    let completion = number(keys::LLM_TOKENS_COMPLETION).or_else(|| number(keys::GEN_AI_USAGE_OUTPUT_TOKENS));
    let total = number(keys::LLM_TOKENS_TOTAL);
    if prompt.is_none() && completion.is_none() && total.is_none() {
        return None;
    }
    let sum = Tokens::new(prompt.unwrap_or_default(), completion.unwrap_or_default());
    Some(Tokens { total: total.unwrap_or(sum.total), ..sum })
}

/// What is counted of these spans, which stand in the order of their creation: the tokens of model calls, each once. A call
/// around a call that has counted already (a retry) counts nothing itself.
pub(super) fn counted(spans: &[SpanData]) -> Tokens {
    let mut counted_below = vec![false; spans.len()];
    let mut sum = Tokens::default();
    for (place, span) in spans.iter().enumerate().rev() {
        let own = of(span).filter(|_| !counted_below[place] && is_model_call(span));
        let counts = own.is_some() || counted_below[place];
        sum += own.unwrap_or_default();
        if let Some(parent) = span.parent {
            counted_below[parent] |= counts;
        }
    }
    sum
}

/// Agents, tools and workflows repeat what the calls below them used; phases repeat their call's.
fn is_model_call(span: &SpanData) -> bool {
    !is_phase(span.metadata.name()) && span.observed().operation().is_none_or(Operation::counts_tokens)
}
