//! Tokens of one span, and what is counted of many.

use std::ops::{Add, AddAssign};

use llm_span_contract::{Operation, Value, is_phase, keys};

use super::store::SpanData;
use crate::layer::once::{Once, Used};

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
    let Used { prompt, completion } = used(span);
    let total = span.get(keys::LLM_TOKENS_TOTAL).and_then(Value::as_int).filter(|number| *number >= 0);
    if prompt.is_none() && completion.is_none() && total.is_none() {
        return None;
    }
    let sum = Tokens::new(prompt.unwrap_or_default(), completion.unwrap_or_default());
    Some(Tokens { total: total.unwrap_or(sum.total), ..sum })
}

/// What is counted of these spans, which stand in the order of their creation: the tokens of model calls, each once, by the rule of
/// the layer, which sees them in the order in which they end.
pub(super) fn counted(spans: &[SpanData]) -> Tokens {
    let mut once = vec![Once::default(); spans.len()];
    let mut ended: Vec<usize> = (0..spans.len()).collect();
    // Of two that end in one tick of the clock the inner one comes first; what has not ended comes last.
    ended.sort_by_key(|&place| {
        let end = spans[place].finished.or(spans[place].closed);
        (end.is_none(), end, std::cmp::Reverse(place))
    });
    let mut sum = Tokens::default();
    let mut over = vec![false; spans.len()];
    for place in ended {
        over[place] = true;
        let Some(tokens) = of(&spans[place]).filter(|_| is_model_call(&spans[place])) else { continue };
        let used = used(&spans[place]);
        if once[place].was_counted_below(used) {
            continue;
        }
        once[place].note_own(used);
        if is_first_to_count(spans, place, used, &mut once, &over) {
            sum += tokens;
        }
    }
    sum
}

fn is_first_to_count(spans: &[SpanData], place: usize, used: Used, once: &mut [Once], over: &[bool]) -> bool {
    let mut next = spans[place].parent;
    while let Some(parent) = next {
        if over[parent] && once[parent].take_own(used) {
            return false;
        }
        once[parent].note_below(used);
        next = spans[parent].parent;
    }
    true
}

fn used(span: &SpanData) -> Used {
    let number = |key| span.get(key)?.as_int().filter(|number| *number >= 0);
    Used {
        prompt: number(keys::LLM_TOKENS_PROMPT).or_else(|| number(keys::GEN_AI_USAGE_INPUT_TOKENS)),
        completion: number(keys::LLM_TOKENS_COMPLETION).or_else(|| number(keys::GEN_AI_USAGE_OUTPUT_TOKENS)),
    }
}

/// Agents, tools and workflows repeat what the calls below them used; phases repeat their call's.
fn is_model_call(span: &SpanData) -> bool {
    !is_phase(span.metadata.name()) && span.observed().operation().is_none_or(Operation::counts_tokens)
}
