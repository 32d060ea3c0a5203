//! `service.instance.id` tells processes of a service apart.

use std::collections::BTreeSet;

use llm_span::Telemetry;

use crate::{
    collector::Collector,
    support::{Program, Wire, chat, telemetry},
};

const KEY: &str = "service.instance.id";

/// The ids in what all three signals of a program come with.
fn instances(change: impl FnOnce(Telemetry) -> Telemetry) -> BTreeSet<String> {
    let collector = Collector::start();
    let mut program = Program::start(change(telemetry().otlp(Wire::Http.endpoint(&collector))));
    program.run(|| chat("gpt-4o", 128, 64));
    assert!(program.shutdown().is_complete());
    let received = collector.received();
    let signals: BTreeSet<_> = received.requests.iter().map(|request| request.message.signal()).collect();
    assert_eq!(signals.len(), 3);
    received.requests.iter().map(|request| request.message.resource()[KEY].clone()).collect()
}

#[test]
fn a_process_makes_one_for_all_that_it_sends() {
    let ids = instances(|telemetry| telemetry);
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(instances(|telemetry| telemetry), ids, "another pipeline of the process");
}

#[test]
fn one_that_is_set_stays() {
    let set = |telemetry: Telemetry| telemetry.resource_attribute(KEY, "gateway-1");
    assert_eq!(instances(set), BTreeSet::from(["gateway-1".to_owned()]));
}

#[test]
fn one_that_was_made_is_not_handed_on_to_workers() {
    let program = Program::start(telemetry());
    let variables = program.guard().settings().worker_environment();
    assert!(!variables.is_empty() && !variables.iter().any(|(_, value)| value.contains(KEY)), "{variables:?}");
}
