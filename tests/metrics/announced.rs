//! Counters stand at 0 before the first call that is announced, and the first call counts on.

use llm_span::{Announced, LlmLayer, LlmLayerBuilder, Operation, Usage, call, contract::MetricSets};
use opentelemetry_sdk::trace::Sampler;

use super::{
    series::Series,
    support::{Telemetry, expected},
};

fn announcing(announced: impl IntoIterator<Item = Announced>) -> Telemetry {
    let sets = MetricSets::named(["amtp", "gen_ai", "llama_stack", "llm_gateway", "twinkle"]).unwrap();
    let layer = announced.into_iter().fold(LlmLayer::builder(), LlmLayerBuilder::announce);
    Telemetry::start(Sampler::AlwaysOff, layer, sets)
}

/// What has its own claims: gauges.
fn without_gauges(telemetry: &Telemetry) -> Series {
    telemetry.exact().into_iter().filter(|(series, _)| !series.contains("_active")).collect()
}

const AMTP: &str = "{gen_ai_system=openai,llm_model=gpt-4o,llm_provider=openai}";

#[test]
fn with_nothing_announced_no_counter_stands_that_has_labels() {
    assert_eq!(without_gauges(&announcing([])), Series::new());
}

#[test]
fn the_counters_of_an_announced_call_stand_at_0() {
    let telemetry = announcing([Announced::call(Operation::Chat, "openai", "gpt-4o")]);
    let mut zeros = Series::new();
    let mut zero = |name: &str| assert_eq!(zeros.insert(name.to_owned(), 0.0), None);
    for name in ["prompt", "completion", "total"] {
        zero(&format!("llm_{name}_tokens_total{AMTP}"));
    }
    for name in ["prompt_tokens", "completion_tokens", "tokens"] {
        zero(&format!("llama_stack_{name}_total{{model_id=gpt-4o,provider_id=openai}}"));
    }
    for kind in ["input", "output"] {
        zero(&format!("provider_tokens_total{{model=gpt-4o,provider=openai,type={kind}}}"));
    }
    for status in ["success", "error"] {
        for operation in ["generate", "generate_stream"] {
            zero(&format!("provider_requests_total{{model=gpt-4o,operation={operation},provider=openai,status={status}}}"));
        }
    }
    assert_eq!(without_gauges(&telemetry), zeros);
}

#[test]
fn a_call_counts_on_from_the_0_that_was_announced() {
    let telemetry = announcing([Announced::call(Operation::Chat, "openai", "gpt-4o")]);
    let before = telemetry.exact();
    telemetry.run(|| call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64)));
    let after = telemetry.exact();
    assert!(before.keys().all(|series| after.contains_key(series)));
    assert_eq!(after[&format!("llm_total_tokens_total{AMTP}")].to_string(), "192");
    let counters = |all: &Series| all.keys().filter(|series| series.contains("_total{")).cloned().collect::<Vec<_>>();
    assert_eq!(counters(&after), counters(&before), "no series came beside those");
}

#[test]
fn an_announced_stream_and_an_announced_store_have_their_own() {
    let stream = Announced::call(Operation::Chat, "openai", "gpt-4o").with("gen_ai.request.stream", "true");
    let store = Announced::new([("conversation.backend", "memory")]).named("conversation.get");
    let telemetry = announcing([stream, store]);
    let all = without_gauges(&telemetry);
    assert_eq!(all.get("provider_stream_chunks_total{model=gpt-4o,provider=openai}").copied(), Some(0.0));
    let stores: Series = all.into_iter().filter(|(series, _)| series.starts_with("conversation")).collect();
    let statuses = ["success", "error"]
        .map(|status| (format!("conversation_operations_total{{backend=memory,operation=get,status={status}}}"), 0.0));
    assert_eq!(stores, statuses.into_iter().collect());
}

#[test]
fn the_counts_of_a_queue_are_announced_by_their_deployment() {
    let task = Announced::new([("twinkle.deployment", "model"), ("twinkle.task_type", "train")]);
    let telemetry = announcing([task.named("twinkle.task")]);
    let all = expected([
        ("twinkle_queue_depth{deployment=model}", 0.0),
        ("twinkle_tasks_total{deployment=model,status=completed,task_type=train}", 0.0),
        ("twinkle_tasks_total{deployment=model,status=failed,task_type=train}", 0.0),
        ("twinkle_tasks_total{deployment=model,status=timeout,task_type=train}", 0.0),
    ]);
    assert_eq!(without_gauges(&telemetry), all);
}
