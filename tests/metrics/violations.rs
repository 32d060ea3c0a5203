//! Violations are counted, by contract, finding, attribute and span.

use llm_span::{
    LlmLayer, Operation, Usage, call,
    contract::{AttributeType, Contract, Contracts, MetricSets},
};
use opentelemetry_sdk::trace::Sampler;
use tracing::info_span;

use super::{series::Series, support::Telemetry};

fn violations(telemetry: &Telemetry) -> Series {
    let all = telemetry.series().into_iter();
    all.filter(|(series, _)| series.starts_with("llm_contract_violations_total")).collect()
}

fn series(contract: &str, finding: &str, attribute: &str, span: &str) -> String {
    format!("llm_contract_violations_total{{attribute={attribute},contract={contract},finding={finding},span={span}}}")
}

#[test]
fn a_clean_call_violates_nothing() {
    let telemetry = Telemetry::of_sets(["amtp"]);
    telemetry.run(|| call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64)));
    assert_eq!(violations(&telemetry), Series::new());
}

#[test]
fn each_violation_is_counted_whatever_sets_are_chosen() {
    for sets in [MetricSets::default(), MetricSets::named(["twinkle"]).unwrap(), MetricSets::named(["violations"]).unwrap()] {
        let telemetry = Telemetry::start(Sampler::AlwaysOff, LlmLayer::builder().contracts(Contract::amtp()), sets);
        telemetry.run(|| {
            for _ in 0..3 {
                call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
            }
        });
        let missing = ["prompt", "completion", "total"]
            .map(|name| (series("amtp", "missing-attribute", &format!("llm.tokens.{name}"), "llm.completion"), 3.0));
        assert_eq!(violations(&telemetry), missing.into_iter().collect());
        assert_eq!(telemetry.findings.take().len(), 9);
    }
}

#[test]
fn violations_of_a_contract_of_ones_own_are_told_by_its_name() {
    let ours = Contract::builder("ours").require("tenant.id", AttributeType::String).require("tenant.plan", AttributeType::Int);
    let contracts = Contracts::from(ours.build().unwrap());
    let telemetry = Telemetry::start(Sampler::AlwaysOn, LlmLayer::builder().contracts(contracts), MetricSets::default());
    telemetry.run(|| {
        drop(info_span!("handle", tenant.id = "a"));
        drop(info_span!("handle", tenant.id = "a", tenant.plan = "enterprise"));
        drop(info_span!("handle", tenant.id = "a", tenant.plan = 3));
    });
    let all = [
        (series("ours", "missing-attribute", "tenant.plan", "handle"), 1.0),
        (series("ours", "wrong-type", "tenant.plan", "handle"), 1.0),
    ];
    assert_eq!(violations(&telemetry), all.into_iter().collect());
}
