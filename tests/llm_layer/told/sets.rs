//! Contracts and metrics to hold calls against, the built-in ones and some that look at what is stamped in other ways.

use std::fmt;

use llm_span::contract::{
    Amount, Attribute, AttributeType, Contract, Contracts, Generation, Label, Measure, Metric, MetricBuilder, MetricSet,
    MetricSets, Selector, Source,
};
use proptest::prelude::*;

#[derive(Clone)]
pub(super) struct Set {
    pub(super) contracts: Contracts,
    pub(super) metrics: Option<MetricSets>,
}

/// By the names: what is in them would hide the calls.
impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = self.metrics.iter().flat_map(MetricSets::metrics).map(|metric| metric.name.clone());
        f.debug_list().entries(self.contracts.iter().map(Contract::name)).entries(metrics).finish()
    }
}

pub(super) fn sets() -> impl Strategy<Value = Set> {
    let named = Contract::builder("ours")
        .select(Selector::Name("llm.completion".into()))
        .attribute(Attribute::new("otel.name", AttributeType::String).one_of(["chat gpt-4o"]))
        .attribute(Attribute::new("gen_ai.response.id", AttributeType::Int))
        .attribute(Attribute::new("llm.outcome", AttributeType::String).one_of(["ok"]))
        .build()
        .unwrap();
    let asking = Contract::builder("asking")
        .select(Selector::Name("llm.completion".into()))
        .attribute(Attribute::new("gen_ai.request.temperature", AttributeType::Double).non_negative())
        .attribute(Attribute::new("gen_ai.request.max_tokens", AttributeType::Int).non_negative())
        .attribute(Attribute::new("user.id", AttributeType::String).one_of(["ann"]))
        .attribute(Attribute::new("tenant", AttributeType::String).known(["ann"]))
        .build()
        .unwrap();
    let contracts = vec![
        Contracts::default(),
        Contract::amtp().into(),
        Contract::amtp().strict().into(),
        Contract::gen_ai(Generation::G1).into(),
        Contracts::from(Contract::amtp()).and(Contract::gen_ai(Generation::G2)),
        named.clone().into(),
        Contracts::from(Contract::amtp()).and(named),
        asking.clone().into(),
        Contracts::from(Contract::amtp()).and(asking),
    ];
    // The first has labels that checks keep no texts of; the last has none but those.
    let ours = [
        ends("ends", &["otel.name", "gen_ai.response.id", "gen_ai.response.finish_reasons"]),
        ends("counted", &["llm.outcome", "gen_ai.usage.input_tokens"]),
        labelled(Metric::up_down_counter("open_calls").measure(Measure::Open), &["llm.model"]),
        labelled(Metric::counter("chunks").measure(Measure::Value(Amount::of("llm.stream.chunks"))), &[]),
    ];
    let ours = MetricSet::new("ours", ours).unwrap();
    // Of what calls tell of their requests: less than they keep themselves, and more.
    let some = ["session.id", "gen_ai.request.max_tokens"];
    let many = [
        "session.id",
        "user.id",
        "gen_ai.conversation.id",
        "gen_ai.request.max_tokens",
        "gen_ai.request.temperature",
        "gen_ai.agent.name",
    ];
    let asked = Metric::counter("asked").measure(Measure::Value(Amount::of("gen_ai.request.max_tokens")));
    let some = MetricSet::new("some", [ends("some", &some), labelled(asked, &["user.id"])]).unwrap();
    let many = MetricSet::new("many", [ends("many", &many)]).unwrap();
    let ends = MetricSet::new("ends", [ends("ends", &["otel.name", "llm.model", "llm.outcome", "error.type"])]).unwrap();
    let metrics = vec![
        None,
        Some(MetricSets::named(["amtp", "gen_ai", "llm_gateway"]).unwrap()),
        Some(MetricSets::named(["amtp"]).unwrap()),
        Some(MetricSets::from(ours)),
        Some(MetricSets::from(ends)),
        Some(MetricSets::from(some)),
        Some(MetricSets::from(many)),
    ];
    (proptest::sample::select(contracts), proptest::sample::select(metrics))
        .prop_map(|(contracts, metrics)| Set { contracts, metrics })
}

fn ends(name: &'static str, keys: &[&'static str]) -> Metric {
    labelled(Metric::counter(name).measure(Measure::Closed), keys)
}

fn labelled(metric: MetricBuilder, keys: &[&'static str]) -> Metric {
    let label = |key: &&'static str| Label::new(key.replace('.', "_")).or(Source::attribute(*key));
    metric.of_spans_named("llm.completion").labels(keys.iter().map(label)).build().unwrap()
}
