//! Measurements told one by one, as Llama Stack's document has it.

use std::time::SystemTime;

use llm_span::{
    MetricEvent, Operation, Usage, call,
    contract::{Measure, Metric},
};
use tracing::info_span;

use super::support::Telemetry;

fn told(event: &MetricEvent) -> String {
    let labels: Vec<_> = event.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {} {} {}", event.metric, event.value, event.unit, labels.join(","))
}

#[test]
fn each_request_tells_its_three_counts_and_where_they_come_from() {
    let telemetry = Telemetry::of_sets(["llama_stack", "amtp"]);
    let before = SystemTime::now();
    let ids = telemetry.run(|| {
        let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
        let ids = {
            use opentelemetry::trace::TraceContextExt as _;
            use tracing_opentelemetry::OpenTelemetrySpanExt as _;
            let context = guard.span().context();
            let span = context.span().span_context().clone();
            (span.trace_id().to_string(), span.span_id().to_string())
        };
        guard.succeed(Usage::new(128, 64));
        ids
    });
    let events = telemetry.events.take();
    let labels = "model_id=gpt-4o,provider_id=openai";
    let counts = [("prompt_tokens", 128), ("completion_tokens", 64), ("total_tokens", 192)];
    let expected = counts.map(|(name, count)| format!("{name} {count} tokens {labels}"));
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), expected);
    for event in &events {
        assert_eq!((event.trace_id.clone(), event.span_id.clone()), (Some(ids.0.clone()), Some(ids.1.clone())));
        assert!(before <= event.timestamp && event.timestamp <= SystemTime::now());
    }
}

#[test]
fn nothing_is_added_up_and_nothing_is_told_twice() {
    let telemetry = Telemetry::of_sets(["llama_stack"]);
    telemetry.run(|| {
        for prompt in [5, 5, 7] {
            let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
            call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(prompt, 1));
            outer.succeed(Usage::new(prompt, 1));
        }
        call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
    });
    let events = telemetry.events.take();
    let prompts: Vec<_> =
        events.iter().filter(|event| event.metric == "prompt_tokens").map(|event| event.value.to_string()).collect();
    assert_eq!((prompts, events.len()), (["5", "5", "7"].map(String::from).to_vec(), 9));
}

#[test]
fn a_rule_of_ones_own_is_told_where_it_has_a_name_for_it() {
    let rule = |name: &'static str| Metric::counter(name).of_spans_named("job").measure(Measure::Closed).label("kind");
    let telemetry = Telemetry::of([rule("jobs").event("job_done").build().unwrap(), rule("jobs.too").build().unwrap()]);
    telemetry.run(|| drop(info_span!("job", kind = "a")));
    assert_eq!(telemetry.events.take().iter().map(told).collect::<Vec<_>>(), ["job_done 1  kind=a"]);
}

#[test]
fn events_are_told_of_label_sets_that_had_no_room() {
    let rule = Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).label("kind").event("job_done");
    let telemetry = Telemetry::of([rule.build().unwrap()]);
    telemetry.run(|| (0..3_000).for_each(|i| drop(info_span!("job", kind = i))));
    assert_eq!(telemetry.events.take().len(), 3_000);
}
