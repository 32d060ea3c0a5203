//! Violations of contracts, counted.

use crate::{Fact, Label, Measure, Metric, Source};

pub(crate) fn metrics() -> Vec<Metric> {
    let label = |name, fact| Label::new(name).or(Source::of(fact));
    let counter = Metric::counter("llm_contract_violations_total")
        .unit("{violation}")
        .description("Violations of contracts that spans were found with.")
        .measure(Measure::Violations)
        .label(label("contract", Fact::Contract))
        .label(label("finding", Fact::Finding))
        .label(label("attribute", Fact::FindingAttribute).optional())
        .label(label("span", Fact::SpanName).optional());
    vec![counter.finish()]
}
