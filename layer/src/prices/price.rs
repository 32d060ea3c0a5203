//! What the tokens of one model cost.

use crate::usage::Usage;

/// The unit of prices, in tokens.
const MILLION: f64 = 1e6;

/// What the tokens of a model cost, in US dollars per million.
///
/// Counts of parts are inside the totals: a part with a price of its own is taken out of its whole, a part without one costs what
/// the whole costs.
///
/// ```
/// use llm_span::{Price, Usage};
///
/// let price = Price::per_million(2.50, 10.00).cache_read(1.25);
/// // 100 cached tokens at 1.25, 28 others at 2.50, 64 at 10.00
/// let cost = price.cost(&Usage::new(128, 64).cache_read(100)).unwrap();
/// assert!((cost - 0.000_835).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    reasoning: Option<f64>,
    audio: Option<(f64, f64)>,
}

impl Price {
    /// The prices of input and output. What is no price is refused when it is [put into a table](super::Prices::price).
    #[must_use]
    pub const fn per_million(input: f64, output: f64) -> Self {
        Self { input, output, cache_read: None, cache_write: None, reasoning: None, audio: None }
    }

    /// With a price of input read from a cache.
    #[must_use]
    pub const fn cache_read(mut self, price: f64) -> Self {
        self.cache_read = Some(price);
        self
    }

    /// With a price of input written to a cache.
    #[must_use]
    pub const fn cache_write(mut self, price: f64) -> Self {
        self.cache_write = Some(price);
        self
    }

    /// With a price of reasoning.
    #[must_use]
    pub const fn reasoning(mut self, price: f64) -> Self {
        self.reasoning = Some(price);
        self
    }

    /// With prices of audio.
    #[must_use]
    pub const fn audio(mut self, input: f64, output: f64) -> Self {
        self.audio = Some((input, output));
        self
    }

    /// What that usage costs, in US dollars; `None` where prompt or completion is absent or negative, where a price is not valid, or
    /// where the sum is no finite number.
    ///
    /// Parts that are absent count as 0. Of the prompt, what was read from a cache is taken first, then what was written to one,
    /// then audio; of the completion reasoning, then audio. None is taken for more than what is left of its whole: parts that say
    /// more than their whole, or overlap by more, never make a cost negative. Tokens in two parts (audio read from a cache) cost
    /// as both where the whole has room for it: no provider tells how many these are.
    pub fn cost(&self, usage: &Usage) -> Option<f64> {
        if self.problem().is_some() {
            return None;
        }
        let (input_audio, output_audio) = self.audio.unzip();
        let read = (usage.cache_read, self.cache_read);
        let written = (usage.cache_write, self.cache_write);
        let prompt = whole(usage.prompt, self.input, &[read, written, (usage.audio_prompt, input_audio)])?;
        let reasoning = (usage.reasoning, self.reasoning);
        let completion = whole(usage.completion, self.output, &[reasoning, (usage.audio_completion, output_audio)])?;
        Some((prompt + completion) / MILLION).filter(|cost| cost.is_finite())
    }

    /// The first of its prices that is none, by what it is the price of.
    pub(super) fn problem(&self) -> Option<(&'static str, f64)> {
        let (input_audio, output_audio) = self.audio.unzip();
        let all = [
            ("input", Some(self.input)),
            ("output", Some(self.output)),
            ("cache reads", self.cache_read),
            ("cache writes", self.cache_write),
            ("reasoning", self.reasoning),
            ("audio input", input_audio),
            ("audio output", output_audio),
        ];
        let is_price = |price: f64| price.is_finite() && price >= 0.0;
        all.into_iter().find_map(|(part, price)| price.filter(|price| !is_price(*price)).map(|price| (part, price)))
    }
}

/// What a whole costs: each part that has a price by that, what is left of it by the whole's.
fn whole(tokens: Option<i64>, price: f64, parts: &[(Option<i64>, Option<f64>)]) -> Option<f64> {
    let mut left = tokens.filter(|tokens| *tokens >= 0)?;
    let mut cost = 0.0;
    for (part, price) in parts {
        if let (Some(part), Some(price)) = (part, price) {
            let part = (*part).clamp(0, left);
            left -= part;
            cost += number(part) * price;
        }
    }
    Some(cost + number(left) * price)
}

#[allow(clippy::cast_precision_loss, reason = "exact up to 9e15 tokens of one call")]
fn number(tokens: i64) -> f64 {
    tokens as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::TokenKind;
    use proptest::prelude::*;

    const PRICE: Price = Price::per_million(1e6, 2e6);

    #[test]
    fn a_part_without_a_price_costs_as_its_whole() {
        let usage = Usage::new(10, 20).cache_read(4).cache_write(3).reasoning(5).audio(2, 6);
        assert_eq!(PRICE.cost(&usage), Some(50.0));
        assert_eq!(PRICE.cache_read(0.0).cost(&usage), Some(46.0));
        assert_eq!(PRICE.cache_write(3e6).cost(&usage), Some(56.0));
        assert_eq!(PRICE.reasoning(0.0).audio(0.0, 0.0).cost(&usage), Some(26.0));
    }

    #[test]
    fn parts_larger_than_their_whole_never_make_a_cost_negative() {
        let usage = Usage::new(10, 0).cache_read(8).audio(8, 8).reasoning(8);
        assert_eq!(PRICE.cache_read(0.0).audio(5e6, 5e6).reasoning(9e6).cost(&usage), Some(10.0));
    }

    #[test]
    fn usage_or_a_price_that_is_not_known_has_no_cost() {
        assert_eq!(PRICE.reasoning(-1.0).cost(&Usage::new(10, 10)), None);
        assert_eq!(PRICE.cost(&Usage::new(10, None::<i64>)), None);
        assert_eq!(PRICE.cost(&Usage::new(None::<i64>, 10)), None);
        assert_eq!(PRICE.cost(&Usage::input_only(10)), Some(10.0));
        let mut negative = Usage::new(10, 10);
        negative.prompt = Some(-1);
        assert_eq!(PRICE.cost(&negative), None);
        assert_eq!(Price::per_million(f64::MAX, 0.0).cost(&Usage::new(i64::MAX, 0)), None);
    }

    /// Each token apart: the parts say of the first tokens of their whole what these are.
    fn token_by_token(price: Price, usage: &Usage) -> f64 {
        let side = |total: TokenKind, rate: f64, parts: [(TokenKind, Option<f64>); 3]| {
            let mut priced: Vec<f64> = Vec::new();
            for (kind, rate) in parts {
                let count = usage.get(kind).unwrap_or(0);
                priced.extend((0..count).filter_map(|_| rate));
            }
            let total = usage.get(total).unwrap_or(0);
            (0..total).map(|i| usize::try_from(i).ok().and_then(|i| priced.get(i).copied()).unwrap_or(rate)).sum::<f64>()
        };
        let (audio_in, audio_out) = price.audio.unzip();
        let input = [
            (TokenKind::CacheRead, price.cache_read),
            (TokenKind::CacheWrite, price.cache_write),
            (TokenKind::AudioPrompt, audio_in),
        ];
        let output =
            [(TokenKind::Reasoning, price.reasoning), (TokenKind::AudioCompletion, audio_out), (TokenKind::Prompt, None)];
        (side(TokenKind::Prompt, price.input, input) + side(TokenKind::Completion, price.output, output)) / MILLION
    }

    fn prices() -> impl Strategy<Value = Price> {
        let rate = || 0.0..100.0;
        let part = || proptest::option::of(0.0..100.0);
        (rate(), rate(), part(), part(), part(), proptest::option::of((rate(), rate()))).prop_map(
            |(input, output, cache_read, cache_write, reasoning, audio)| Price {
                input,
                output,
                cache_read,
                cache_write,
                reasoning,
                audio,
            },
        )
    }

    proptest! {
        #[test]
        fn a_cost_is_the_sum_over_its_tokens(
            price in prices(),
            counts in prop::array::uniform7(prop::option::of(0_i64..40)),
        ) {
            let with = |usage: Usage, (kind, count)| usage.with(kind, count);
            let usage = TokenKind::ALL.into_iter().zip(counts).fold(Usage::default(), with);
            let cost = price.cost(&usage);
            prop_assert_eq!(cost.is_some(), usage.prompt.is_some() && usage.completion.is_some());
            if let Some(cost) = cost {
                prop_assert!(cost >= 0.0 && (cost - token_by_token(price, &usage)).abs() < 1e-9, "{cost}");
            }
        }
    }
}
