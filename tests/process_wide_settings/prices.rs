//! What a call costs, by the user's own table.

use llm_span::{Operation, Price, Prices, Report, Response, Usage, call, llm_span, testing};

use crate::alone;

fn install() {
    let prices = Prices::new()
        .price("openai", "gpt-4o*", Price::per_million(2.5, 10.0).cache_read(1.25))
        .and_then(|prices| prices.price("openai", "gpt-4o-mini*", Price::per_million(0.15, 0.6)));
    prices.unwrap().install();
}

fn cost_of(model: &str, report: &Report<'static>) -> Option<f64> {
    let calls = testing::capture();
    call(Operation::Chat, "openai", model).in_scope_with(|| Some(()), |()| report.clone());
    calls.assert_contract();
    calls.only().attribute("llm.cost.usd").map(|cost| cost.to_string().parse().unwrap())
}

#[test]
fn a_call_costs_what_its_tokens_cost_and_cached_ones_apart() {
    let _alone = alone();
    install();
    let plain = Report::new(Usage::new(1_000_000, 500_000), Response::default());
    assert_eq!(cost_of("gpt-4o", &plain), Some(7.5));
    let cached = Report::new(Usage::new(1_000_000, 0).cache_read(400_000), Response::default());
    assert_eq!(cost_of("gpt-4o", &cached), Some(0.6 * 2.5 + 0.4 * 1.25));
    Prices::uninstall();
}

#[test]
fn the_model_that_answered_holds_before_the_one_asked_for() {
    let _alone = alone();
    install();
    let report = Report::new(Usage::new(1_000_000, 0), Response::default().model("gpt-4o-mini-2024-07-18"));
    assert_eq!(cost_of("gpt-4o", &report), Some(0.15));
    Prices::uninstall();
}

#[test]
fn a_model_without_a_price_has_no_cost_rather_than_none_to_pay() {
    let _alone = alone();
    install();
    assert_eq!(cost_of("o9", &Report::new(Usage::new(1, 1), Response::default())), None);
    Prices::uninstall();
    assert_eq!(cost_of("gpt-4o", &Report::new(Usage::new(1, 1), Response::default())), None);
}

#[test]
fn a_sum_of_calls_carries_what_they_cost() {
    #[llm_span(operation = "invoke_agent", agent = "a", usage = children)]
    fn agent() {
        for model in ["gpt-4o", "gpt-4o-mini", "o9"] {
            call(Operation::Chat, "openai", model).in_scope_with(|| Some(()), |()| Usage::new(1_000_000, 0));
        }
    }

    let _alone = alone();
    install();
    let calls = testing::capture();
    agent();
    assert_eq!(calls.span("invoke_agent").cost_usd(), Some(2.65));
    // Counted once, by the calls themselves.
    assert_eq!(calls.cost_usd(), Some(2.65));
    Prices::uninstall();
}
