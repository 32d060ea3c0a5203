//! The price table: which price holds for a call.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use llm_span_contract::provider;

use super::{
    error::{PriceError, Problem},
    pattern::{ANY, Pattern},
    price::Price,
};
use crate::usage::Usage;

/// What models cost, by provider and model; see [`Price`].
///
/// This crate knows no prices: they change, and yours may differ. While a table is [installed](Self::install), calls carry
/// `llm.cost.usd`. A model that is not in it has no cost, rather than one of 0.
///
/// A provider is named in either spelling (`gcp.gemini`, `gemini`), or `*` stands for all of them. In a model's name `*` stands
/// for any characters. The most specific entry holds:
///
/// 1. what is said of the provider, before what is said of `*`;
/// 2. an entry that fits the model that has responded, then one that fits the model asked for, then the model `*`;
/// 3. a whole name, then the pattern with the most characters besides `*`; of two alike the one said later.
///
/// ```
/// use llm_span::{Price, Prices, Usage};
///
/// let prices = Prices::new()
///     .price("openai", "gpt-4o*", Price::per_million(2.50, 10.00).cache_read(1.25))?
///     .price("openai", "gpt-4o-mini*", Price::per_million(0.15, 0.60).cache_read(0.075))?
///     .price("ollama", "*", Price::per_million(0.0, 0.0))?;
///
/// let usage = Usage::new(1_000_000, 0);
/// assert_eq!(prices.cost("openai", Some("gpt-4o-mini"), None, &usage), Some(0.15));
/// assert_eq!(prices.cost("openai", Some("o3"), None, &usage), None);
/// prices.install();
/// # Prices::uninstall();
/// # Ok::<(), llm_span::PriceError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prices {
    of_provider: HashMap<String, Models>,
    of_any: Models,
}

/// The prices at one provider.
#[derive(Clone, Debug, Default)]
struct Models {
    named: HashMap<String, Price>,
    /// Those with wildcards, the most specific first.
    patterns: BTreeMap<Rank, (Pattern, Price)>,
    /// Where each of them stands, so that one said again is found among many.
    ranks: HashMap<String, Rank>,
    /// How many patterns were said.
    said: usize,
    /// The price of every other model.
    any: Option<Price>,
}

/// Which of two patterns that fit holds: the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    weight: Reverse<usize>,
    said: Reverse<usize>,
}

impl Prices {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a price of the models that the name or pattern fits. Said again for the same, the later one holds.
    ///
    /// # Errors
    ///
    /// When provider or model is empty, when the provider is a pattern other than `*`, when a price is negative, infinite or
    /// `NaN`.
    pub fn price(mut self, provider: &str, model: &str, price: Price) -> Result<Self, PriceError> {
        if let Some(problem) = problem(provider, model, &price) {
            return Err(PriceError { provider: provider.to_owned(), model: model.to_owned(), problem });
        }
        let models = match provider {
            ANY => &mut self.of_any,
            provider => self.of_provider.entry(provider::name(provider).to_owned()).or_default(),
        };
        models.add(model, price);
        Ok(self)
    }

    /// The price of a call, by its provider, the model asked for and the one that has responded.
    pub fn find(&self, provider: &str, requested: Option<&str>, responded: Option<&str>) -> Option<&Price> {
        let own = self.of_provider.get(provider::name(provider));
        own.into_iter().chain([&self.of_any]).find_map(|models| {
            let found = [responded, requested].into_iter().flatten().find_map(|model| models.find(model));
            found.or(models.any.as_ref().filter(|_| requested.or(responded).is_some()))
        })
    }

    /// What a call costs, in US dollars; `None` where its model is not in the table or its usage is not known, see
    /// [`Price::cost`].
    pub fn cost(&self, provider: &str, requested: Option<&str>, responded: Option<&str>, usage: &Usage) -> Option<f64> {
        self.find(provider, requested, responded)?.cost(usage)
    }
}

impl Models {
    fn add(&mut self, model: &str, price: Price) {
        match Pattern::parse(model) {
            None => _ = self.named.insert(model.to_owned(), price),
            Some(pattern) if pattern.weight() == 0 => self.any = Some(price),
            Some(pattern) => {
                self.said += 1;
                let rank = Rank { weight: Reverse(pattern.weight()), said: Reverse(self.said) };
                if let Some(former) = self.ranks.insert(model.to_owned(), rank) {
                    self.patterns.remove(&former);
                }
                self.patterns.insert(rank, (pattern, price));
            }
        }
    }

    fn find(&self, model: &str) -> Option<&Price> {
        let by_pattern = || self.patterns.values().find(|(pattern, _)| pattern.matches(model)).map(|(_, price)| price);
        self.named.get(model).or_else(by_pattern)
    }
}

fn problem(provider: &str, model: &str, price: &Price) -> Option<Problem> {
    if provider.trim().is_empty() {
        return Some(Problem::EmptyProvider);
    }
    if provider.contains(ANY) && provider != ANY {
        return Some(Problem::PatternOfProviders);
    }
    if model.trim().is_empty() {
        return Some(Problem::EmptyModel);
    }
    price.problem().map(|(part, price)| Problem::NoPrice(part, price))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flat(dollars: f64) -> Price {
        Price::per_million(dollars, 0.0)
    }

    fn table(entries: &[(&str, &str, f64)]) -> Prices {
        let add = |prices: Prices, (provider, model, dollars): &(&str, &str, f64)| prices.price(provider, model, flat(*dollars));
        entries.iter().try_fold(Prices::new(), add).expect("a table")
    }

    fn dollars(prices: &Prices, provider: &str, requested: &str, responded: Option<&str>) -> Option<f64> {
        prices.cost(provider, Some(requested), responded, &Usage::input_only(1_000_000))
    }

    #[test]
    fn the_most_specific_entry_holds() {
        let prices = table(&[
            ("openai", "gpt-4o", 1.0),
            ("openai", "gpt-4o*", 2.0),
            ("openai", "gpt-4o-mini*", 3.0),
            ("openai", "gpt-*", 4.0),
            ("*", "gpt-4o-mini", 5.0),
            ("*", "*", 6.0),
        ]);
        let of = |model| dollars(&prices, "openai", model, None);
        assert_eq!([of("gpt-4o"), of("gpt-4o-2024-08-06"), of("gpt-4o-mini")], [Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!([of("gpt-5"), of("o3")], [Some(4.0), Some(6.0)]);
        assert_eq!(dollars(&prices, "azure.ai.openai", "gpt-4o-mini", None), Some(5.0));
    }

    #[test]
    fn an_unknown_model_has_no_cost() {
        let prices = table(&[("openai", "gpt-4o*", 1.0)]);
        assert_eq!(dollars(&prices, "openai", "o3", None), None);
        assert_eq!(dollars(&prices, "azure.ai.openai", "gpt-4o", None), None);
        let any = table(&[("*", "*", 1.0)]);
        assert_eq!(any.cost("openai", None, None, &Usage::new(1, 1)), None);
    }

    #[test]
    fn the_model_that_responded_is_priced_before_the_one_asked_for() {
        let prices = table(&[("openai", "auto", 1.0), ("openai", "gpt-4o-mini*", 2.0), ("openai", "*", 3.0)]);
        assert_eq!(dollars(&prices, "openai", "auto", Some("gpt-4o-mini-2024-07-18")), Some(2.0));
        assert_eq!(dollars(&prices, "openai", "auto", Some("unknown")), Some(1.0));
        assert_eq!(dollars(&prices, "openai", "unknown", Some("unknown")), Some(3.0));
    }

    #[test]
    fn a_provider_is_found_in_either_spelling() {
        for (said, asked) in [("gemini", "gcp.gemini"), ("gcp.gemini", "gemini"), ("xai", "xai")] {
            assert_eq!(dollars(&table(&[(said, "*", 1.0)]), asked, "m", None), Some(1.0), "{said}");
        }
    }

    #[test]
    fn what_is_said_later_for_the_same_holds() {
        let prices = table(&[("openai", "a*", 1.0), ("openai", "b", 1.0), ("openai", "a*", 2.0), ("openai", "b", 2.0)]);
        assert_eq!((dollars(&prices, "openai", "ax", None), dollars(&prices, "openai", "b", None)), (Some(2.0), Some(2.0)));
        let alike = table(&[("openai", "a*c", 1.0), ("openai", "ab*", 2.0)]);
        assert_eq!(dollars(&alike, "openai", "abc", None), Some(2.0));
    }

    #[test]
    fn many_patterns_of_one_provider_are_ranked_as_few_are() {
        let twice = (0..40_000_u32).map(|i| (format!("m-{:05}-*", i % 20_000), f64::from(i)));
        let add = |prices: Prices, (model, dollars): (String, f64)| prices.price("openai", &model, flat(dollars));
        let prices = twice.into_iter().try_fold(Prices::new(), add).expect("a table");
        let prices = prices.price("openai", "m-*", flat(1.0)).and_then(|prices| prices.price("openai", "m-*-x", flat(2.0)));
        let prices = prices.expect("a table");
        assert_eq!(prices.of_provider["openai"].patterns.len(), 20_002, "one said again takes the place of the former");
        let of = |model| dollars(&prices, "openai", model, None);
        assert_eq!([of("m-00000-x"), of("m-19999-x"), of("m-20000-x")], [Some(20_000.0), Some(39_999.0), Some(2.0)]);
        assert_eq!([of("m-"), of("n")], [Some(1.0), None]);
    }

    #[test]
    fn a_pattern_weighs_its_characters_not_their_bytes() {
        let prices = table(&[("openai", "*abc", 1.0), ("openai", "üü*", 2.0)]);
        assert_eq!(dollars(&prices, "openai", "üüabc", None), Some(1.0));
    }

    #[test]
    fn what_is_no_price_is_refused_with_its_place() {
        let told =
            |provider: &str, model: &str, price| Prices::new().price(provider, model, price).expect_err("refused").to_string();
        assert_eq!(
            told("openai", "gpt-4o", flat(-1.0)),
            "price of model \"gpt-4o\" at provider \"openai\": the price of input is -1; expected are US dollars per million tokens, \
             finite and not negative"
        );
        let parts = [
            (Price::per_million(1.0, f64::NAN), "output is NaN"),
            (flat(1.0).cache_read(f64::INFINITY), "cache reads is inf"),
            (flat(1.0).cache_write(-0.1), "cache writes is -0.1"),
            (flat(1.0).reasoning(f64::NEG_INFINITY), "reasoning is -inf"),
            (flat(1.0).audio(-1.0, 1.0), "audio input is -1"),
            (flat(1.0).audio(1.0, -1.0), "audio output is -1"),
        ];
        for (price, part) in parts {
            assert!(told("openai", "gpt-4o", price).contains(part), "{part}");
        }
        assert!(told("", "gpt-4o", flat(1.0)).contains("the provider is empty"));
        assert!(told("openai", " ", flat(1.0)).contains("the model is empty"));
        assert!(told("open*", "gpt-4o", flat(1.0)).contains("named in full"));
    }

    /// The rules, as they are written down, over a flat list.
    fn naive(entries: &[(String, String, f64)], provider: &str, requested: &str, responded: Option<&str>) -> Option<f64> {
        let weight = |pattern: &str| pattern.chars().filter(|c| *c != '*').count();
        let fits = |pattern: &str, model: &str| Pattern::parse(pattern).map_or(pattern == model, |parsed| parsed.matches(model));
        let ranked = entries.iter().enumerate().filter_map(|(said, (of, pattern, dollars))| {
            let own = (of == provider).then_some(1).or((of == "*").then_some(0))?;
            let is_any = weight(pattern) == 0;
            let model = if is_any {
                0
            } else if responded.is_some_and(|model| fits(pattern, model)) {
                2
            } else {
                fits(pattern, requested).then_some(1)?
            };
            Some(((own, model, !pattern.contains('*'), weight(pattern), said), *dollars))
        });
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, dollars)| dollars)
    }

    proptest! {
        #[test]
        fn the_price_found_is_the_one_that_the_rules_name(
            said in prop::collection::vec(("(p|q|\\*)", "[ab*]{1,3}"), 0..8),
            provider in "[pq]",
            requested in "[ab]{0,3}",
            responded in prop::option::of("[ab]{0,3}"),
        ) {
            let numbered = said.into_iter().zip(1_u8..);
            let entries: Vec<_> = numbered.map(|((provider, model), i)| (provider, model, f64::from(i))).collect();
            let borrowed: Vec<_> = entries.iter().map(|(of, model, dollars)| (&of[..], &model[..], *dollars)).collect();
            let found = dollars(&table(&borrowed), &provider, &requested, responded.as_deref());
            prop_assert_eq!(found, naive(&entries, &provider, &requested, responded.as_deref()));
        }
    }
}
