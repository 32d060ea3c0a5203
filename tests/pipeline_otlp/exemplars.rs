//! What a scrape tells leads to a trace that was sent.

use llm_span::{
    Telemetry,
    pipeline::{PrometheusSettings, Sampler},
};

use crate::{
    collector::Collector,
    support::{Program, Wire, chat, traces},
};

const OPEN_METRICS: &str = "application/openmetrics-text;version=1.0.0";

fn scrape(program: &Program, accept: &str) -> String {
    program.guard().prometheus().expect("it is set").render(Some(accept)).body
}

fn scraped(telemetry: Telemetry) -> Program {
    Program::start(telemetry.prometheus(PrometheusSettings::default()))
}

#[test]
fn a_bucket_names_a_trace_that_was_exported() {
    let collector = Collector::start();
    let mut program = scraped(traces(Wire::Grpc.endpoint(&collector)));
    program.run(|| chat("gpt-4o", 128, 64));
    let told = scrape(&program, OPEN_METRICS);
    let exemplars: Vec<&str> = told.lines().filter_map(|line| line.split_once(" # {trace_id=\"")?.1.get(..32)).collect();
    assert!(!exemplars.is_empty(), "{told}");
    assert!(!scrape(&program, "text/plain").contains("trace_id"), "only OpenMetrics has exemplars");

    assert!(program.shutdown().is_complete());
    let spans = collector.received().spans();
    let [span] = &spans[..] else { panic!("one span: {spans:?}") };
    let trace = format!("{:032x}", u128::from_be_bytes(span.trace_id.clone().try_into().expect("16 bytes")));
    assert!(exemplars.iter().all(|exemplar| *exemplar == trace), "{trace}: {exemplars:?}");
}

#[test]
fn a_trace_that_nobody_keeps_is_not_named() {
    let collector = Collector::start();
    let program = scraped(traces(Wire::Grpc.endpoint(&collector)).sampler(Sampler::Never));
    program.run(|| chat("gpt-4o", 128, 64));
    let told = scrape(&program, OPEN_METRICS);
    assert!(told.contains("_bucket{") && !told.contains("trace_id"), "{told}");
}
