//! The AMTP contract's counters, as its dashboards read them, and the cost beside them.

use super::common::estimated;
use crate::{Amount, Label, Measure, Metric, MetricBuilder, OperationSet, Spans, builtin::selectors, keys};

pub(crate) fn metrics() -> Vec<Metric> {
    vec![
        tokens("prompt_tokens", "Tokens of prompts.", keys::LLM_TOKENS_PROMPT),
        tokens("completion_tokens", "Tokens of completions.", keys::LLM_TOKENS_COMPLETION),
        tokens("total_tokens", "Tokens of prompts and completions.", keys::LLM_TOKENS_TOTAL),
        cost(),
    ]
}

/// The unit stands in braces: so the Collector's Prometheus exporter does not append it to the name.
fn tokens(name: &'static str, description: &'static str, from: &'static str) -> Metric {
    let counter = Metric::counter(name).unit("{token}").description(description);
    of_calls(counter.measure(Measure::Tokens(Amount::of(from))))
}

/// What calls cost, by the price table that the user has given. A call of unknown cost makes no series.
fn cost() -> Metric {
    let counter = Metric::decimal_counter("cost_usd").unit("{USD}").description("Cost of calls, in US dollars.");
    of_calls(counter.measure(Measure::Cost(Amount::of(keys::LLM_COST_USD))))
}

fn of_calls(metric: MetricBuilder) -> Metric {
    let spans = Spans::calls_among(selectors::amtp(), OperationSet::MODEL_CALLS);
    let labels = [keys::LLM_MODEL, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM].map(Label::from);
    metric.namespace("llm").of(spans).labels(labels).label(estimated()).finish()
}
