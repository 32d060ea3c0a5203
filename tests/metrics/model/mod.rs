//! Whatever eight threads do at once, and however much of it is sampled: the metrics say what a simple model of it says.

mod expected;
mod op;
mod play;

use std::{panic::resume_unwind, sync::Mutex, thread};

use llm_span::{
    LlmLayer,
    contract::{Level, MetricSets},
};
use opentelemetry_sdk::trace::Sampler;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use tracing::dispatcher;

use super::{series::Series, support::Telemetry};
use expected::Expected;
use op::{Op, op};
use play::Queue;

const THREADS: usize = 8;
const CASES: u32 = 16;
const SETS: [&str; 7] = ["amtp", "gen_ai", "http", "llama_stack", "llm_gateway", "twinkle", "spanmetrics"];
const SERVICE: &str = "shop";

/// What is measured of a program: each thread plays its part.
fn play(telemetry: &Telemetry, program: &[Vec<Op>], queue: &Queue) {
    thread::scope(|scope| {
        let threads: Vec<_> = program
            .iter()
            .map(|ops| {
                let dispatch = telemetry.dispatch();
                scope.spawn(move || dispatcher::with_default(&dispatch, || ops.iter().for_each(|op| play::play(op, queue))))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

/// What the sets say, and how many violations were counted beside.
fn counted(telemetry: &Telemetry) -> (Series, f64) {
    let is_violation = |(series, _): &(String, f64)| series.starts_with("llm_contract_violations_total");
    let (violations, counted): (Series, Series) = telemetry.exact().into_iter().partition(is_violation);
    (counted, violations.values().sum())
}

fn difference(measured: &Series, expected: &Series) -> Vec<String> {
    let names = measured.keys().chain(expected.keys()).collect::<std::collections::BTreeSet<_>>();
    let of = |all: &Series, name: &str| all.get(name).copied().unwrap_or_default();
    let differs = |name: &&&String| (of(measured, name) - of(expected, name)).abs() > 1e-6;
    let told = |name: &String| format!("{name} is {}, expected is {}", of(measured, name), of(expected, name));
    names.iter().filter(differs).map(|name| told(name)).collect()
}

/// The program is played under one telemetry for all cases: sums go on. Tells how many spans were exported, of how many.
fn agree(sampler: Sampler) -> (usize, usize) {
    let sets = MetricSets::named(SETS).unwrap();
    let telemetry = Telemetry::start(sampler, LlmLayer::builder().service_name(SERVICE), sets);
    let so_far = Mutex::new((Expected::default(), 0));
    let config = ProptestConfig { failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::with_cases(CASES) };
    let test = |program: Vec<Vec<Op>>| {
        let (expected, found) = &mut *so_far.lock().unwrap();
        let queue = Queue::default();
        play(&telemetry, &program, &queue);
        program.iter().flatten().for_each(|op| expected.add(op));
        // Tasks that nobody has taken wait still.
        let waiting = queue.waiting();
        let now = telemetry.series();
        for (deployment, waiting) in waiting {
            prop_assert_eq!(now[&format!("twinkle_queue_depth{{deployment={deployment}}}")], waiting);
        }
        telemetry.run(|| queue.take_all());
        let (counted, violations) = counted(&telemetry);
        let difference = difference(&counted, expected.series());
        prop_assert!(difference.is_empty(), "{:#?}", difference);
        *found += telemetry.findings.take().iter().filter(|found| found.finding.level == Level::Violation).count();
        prop_assert_eq!(violations.to_string(), found.to_string());
        Ok(())
    };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
    .run(&vec(vec(op(), 0..120), THREADS), test)
    .unwrap();
    let calls = counted(&telemetry).0.into_iter().filter(|(series, _)| series.starts_with("traces_spanmetrics_calls_total"));
    (telemetry.exported(), calls.map(|(_, spans)| spans.to_string().parse::<usize>().unwrap()).sum())
}

#[test]
fn metrics_are_exact_when_every_span_is_sampled() {
    let (exported, all) = agree(Sampler::AlwaysOn);
    assert_eq!(exported, all);
}

#[test]
fn metrics_are_exact_when_a_tenth_of_the_spans_is_sampled() {
    let (exported, all) = agree(Sampler::TraceIdRatioBased(0.1));
    assert!((all / 20..all / 5).contains(&exported), "{exported} of {all}");
}

#[test]
fn metrics_are_exact_when_no_span_is_sampled() {
    let (exported, all) = agree(Sampler::TraceIdRatioBased(0.0));
    assert!(exported == 0 && all > 1_000, "{exported} of {all}");
}
