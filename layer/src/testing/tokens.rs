//! Tokens of one span, and what is counted of many.

use std::ops::{Add, AddAssign};

use llm_span_contract::{Operation, Outcome, Value, decimal, is_phase, keys};

use super::store::SpanData;
use crate::once::{
    Once, Used,
    cost::{Costs, Tokens as Whose},
};

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
    let total = span.get(keys::LLM_TOKENS_TOTAL).and_then(number);
    if prompt.is_none() && completion.is_none() && total.is_none() {
        return None;
    }
    let sum = Tokens::new(prompt.unwrap_or_default(), completion.unwrap_or_default());
    Some(Tokens { total: total.unwrap_or(sum.total), ..sum })
}

/// What is counted of these spans, which stand in the order of their creation: the tokens of model calls, each once, by the rule of
/// the layer, which sees them in the order in which they end. Beside them what they cost, in billionths, where any tells that.
pub(super) fn counted(spans: &[SpanData]) -> (Tokens, Option<u64>) {
    let mut seen = vec![Counted::default(); spans.len()];
    let mut ended: Vec<usize> = (0..spans.len()).collect();
    // Of two that end in one tick of the clock the inner one comes first; what has not ended comes last.
    ended.sort_by_key(|&place| {
        let end = spans[place].finished.or(spans[place].closed);
        (end.is_none(), end, std::cmp::Reverse(place))
    });
    let (mut sum, mut costs) = (Tokens::default(), None::<u64>);
    for place in ended {
        seen[place].is_over = true;
        if !is_model_call(&spans[place]) {
            continue;
        }
        let (used, cost) = count(spans, place, &mut seen);
        sum += of(&spans[place]).filter(|_| used.is_some()).unwrap_or_default();
        costs =
            cost.and_then(|cost| u64::try_from(cost).ok()).map(|cost| costs.unwrap_or_default().saturating_add(cost)).or(costs);
    }
    (sum, costs)
}

/// What was counted of a span and below it.
#[derive(Clone, Copy, Default)]
struct Counted {
    once: Once,
    costs: Costs,
    is_over: bool,
}

/// What of a call's tokens and cost is to be counted; tells the calls around it.
fn count(spans: &[SpanData], place: usize, seen: &mut [Counted]) -> (Option<Used>, Option<i64>) {
    let used = used(&spans[place]);
    let Counted { once, costs, .. } = &mut seen[place];
    let mut whose = match used.is_known() {
        true if once.was_counted_below(used) => Whose::Repeated,
        true => Whose::Own,
        false => Whose::Unknown,
    };
    let mut cost = cost(&spans[place]).filter(|cost| !costs.was_counted_below(*cost, whose));
    let mut used = Some(used).filter(|_| whose == Whose::Own);
    once.note_own(used.unwrap_or_default());
    costs.note_own(cost);
    let succeeded = spans[place].outcome() == Some(Outcome::Ok);
    let mut next = spans[place].parent;
    while let Some(parent) = next {
        let Counted { once, costs, is_over } = &mut seen[parent];
        if *is_over && used.is_some_and(|used| once.take_own(used)) {
            (used, whose) = (None, Whose::Repeated);
        }
        cost = cost.filter(|cost| !(*is_over && costs.take_own(*cost, whose)));
        if let Some(used) = used {
            once.note_below(used, succeeded);
        }
        if let Some(cost) = cost {
            costs.note_below(cost);
        }
        next = spans[parent].parent;
    }
    (used, cost)
}

/// What a span says that its call has cost, in billionths.
fn cost(span: &SpanData) -> Option<i64> {
    let amount = match span.get(keys::LLM_COST_USD)? {
        Value::Double(amount) => *amount,
        Value::Str(text) => text.trim().parse().ok()?,
        number => number.as_int()?.to_string().parse().ok()?,
    };
    decimal::billionths(amount)?.try_into().ok()
}

/// A count as the layer reads it: of any type, text included.
fn number(value: &Value<'_>) -> Option<i64> {
    let spelt = || value.as_str()?.trim().parse().ok().filter(|number| *number >= 0);
    value.as_count().or_else(spelt)
}

fn used(span: &SpanData) -> Used {
    let number = |key| span.get(key).and_then(number);
    Used {
        prompt: number(keys::LLM_TOKENS_PROMPT).or_else(|| number(keys::GEN_AI_USAGE_INPUT_TOKENS)),
        completion: number(keys::LLM_TOKENS_COMPLETION).or_else(|| number(keys::GEN_AI_USAGE_OUTPUT_TOKENS)),
    }
}

/// Agents, tools and workflows repeat what the calls below them used; phases repeat their call's.
fn is_model_call(span: &SpanData) -> bool {
    !is_phase(span.metadata.name()) && span.observed().operation().is_none_or(Operation::counts_tokens)
}
