//! What stands between calls, and what is hidden from the layer, changes no number of those that it sees.

use llm_span::{
    LlmLayer, Operation, Prometheus, Usage, call,
    contract::{
        Amount, Attribute, AttributeType, Contract, ContractBuilder, Label, Measure, Metric, MetricSet, MetricSets, Selector,
        Source,
    },
};
use tracing_subscriber::{Layer as _, filter::dynamic_filter_fn, layer::SubscriberExt as _};

/// A layer that looks at spans of that name alone, and has that metric.
fn layer(attributes: &[&'static str], metric: Metric) -> (LlmLayer, Prometheus) {
    let count = |key: &&'static str| Attribute::new(key, AttributeType::Int).non_negative();
    let contract = Contract::builder("ours").select(Selector::Name("llm.completion".into()));
    let contract = attributes.iter().map(count).fold(contract, ContractBuilder::attribute);
    let metrics = Prometheus::new();
    let set = MetricSets::from(MetricSet::new("ours", [metric]).unwrap());
    let builder = LlmLayer::builder().contracts(contract.build().unwrap()).metric_sets(set);
    (builder.metrics(metrics.clone()).build(), metrics)
}

fn tokens() -> Metric {
    let tokens = Metric::counter("tokens").measure(Measure::Tokens(Amount::of("llm.tokens.prompt")));
    tokens.of_spans_named("llm.completion").build().unwrap()
}

fn value(metrics: &Prometheus, series: &str) -> Option<u64> {
    let text = metrics.render(None).body;
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

/// Makes a call in a call, with a tool between, that report the same usage.
fn call_in_call() {
    let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
    let tool = llm_span::tool("t").enter();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(10, 1));
    tool.succeed(());
    outer.succeed(Usage::new(10, 1));
}

#[test]
fn a_tool_between_two_calls_that_is_no_concern_of_the_layer_does_not_have_tokens_counted_twice() {
    llm_span::testing::keep_callsites_open();
    let (layer, metrics) = layer(&["llm.tokens.prompt", "llm.tokens.completion"], tokens());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    for round in 1..=4 {
        call_in_call();
        assert_eq!(value(&metrics, "tokens_total "), Some(10 * round));
    }
}

#[test]
fn tokens_are_counted_once_where_no_contract_states_them_too() {
    llm_span::testing::keep_callsites_open();
    let (layer, metrics) = layer(&[], tokens());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    for round in 1..=4 {
        call_in_call();
        assert_eq!(value(&metrics, "tokens_total "), Some(10 * round));
    }
}

#[test]
fn calls_that_a_filter_hides_take_no_room_from_the_labels_of_others() {
    llm_span::testing::keep_callsites_open();
    let label = Label::new("user").or(Source::attribute("user.id"));
    let calls = Metric::counter("calls").measure(Measure::Closed).of_spans_named("llm.completion").label(label);
    let (layer, metrics) = layer(&["llm.tokens.prompt"], calls.build().unwrap());
    let seen = dynamic_filter_fn(|_, context| context.lookup_current().is_none_or(|span| span.name() != "synthetic"));
    let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(fmt).with(layer.with_filter(seen)));
    let ask = |user: &str| call(Operation::Chat, "openai", "gpt-4o").user(user).enter().succeed(Usage::new(10, 1));
    (0..2).for_each(|_| ask("ann"));
    tracing::info_span!("synthetic").in_scope(|| (0..3_000).for_each(|number| ask(&format!("user-{number}"))));
    (0..2).for_each(|_| ask("bob"));
    assert_eq!(
        (value(&metrics, "calls_total{user=\"ann\"} "), value(&metrics, "calls_total{user=\"bob\"} ")),
        (Some(2), Some(2))
    );
}
