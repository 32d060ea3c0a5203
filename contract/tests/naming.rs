//! How metrics and labels read in Prometheus, by each way.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;

use llm_span_contract::{Contract, Metric, MetricKind, MetricSet, MetricSets, Naming};
use proptest::prelude::*;

/// A metric of which only its name, its namespace, its unit and its kind matter.
fn metric(namespace: &str, name: &str, unit: &str, kind: MetricKind) -> Metric {
    let mut metric = Contract::amtp().metrics()[0].clone();
    metric.namespace = (!namespace.is_empty()).then(|| namespace.to_owned().into());
    metric.name = name.to_owned().into();
    metric.unit = unit.to_owned().into();
    metric.kind = kind;
    metric
}

fn histogram() -> MetricKind {
    MetricKind::Histogram { boundaries: vec![0.1, 1.0].into() }
}

use MetricKind::{Counter, DecimalCounter, Gauge, UpDownCounter};

#[test]
fn the_endpoint_names_metrics_as_the_documents_do() {
    let table = [
        ("llm", "prompt_tokens", "{token}", Counter, "llm_prompt_tokens_total"),
        ("llm", "completion_tokens", "{token}", Counter, "llm_completion_tokens_total"),
        ("llm", "total_tokens", "{token}", Counter, "llm_total_tokens_total"),
        ("llm", "cost_usd", "{USD}", DecimalCounter, "llm_cost_usd_total"),
        ("llm", "contract_violations", "{violation}", Counter, "llm_contract_violations_total"),
        ("", "llm_contract_violations_total", "", Counter, "llm_contract_violations_total"),
        ("", "llama_stack_prompt_tokens_total", "tokens", Counter, "llama_stack_prompt_tokens_total"),
        ("", "llama_stack_completion_tokens_total", "tokens", Counter, "llama_stack_completion_tokens_total"),
        ("", "llama_stack_tokens_total", "tokens", Counter, "llama_stack_tokens_total"),
        ("", "http_requests_total", "", Counter, "http_requests_total"),
        ("", "http_request_duration_seconds", "s", histogram(), "http_request_duration_seconds"),
        ("", "http_response_size_bytes", "By", histogram(), "http_response_size_bytes"),
        ("", "provider_stream_ttfb_seconds", "s", histogram(), "provider_stream_ttfb_seconds"),
        ("", "provider_stream_chunks_total", "{chunk}", Counter, "provider_stream_chunks_total"),
        ("", "conversation_active_count", "{conversation}", Gauge, "conversation_active_count"),
        ("", "twinkle.http.requests.total", "{request}", Counter, "twinkle_http_requests_total"),
        ("", "twinkle.http.request.duration_seconds", "s", histogram(), "twinkle_http_request_duration_seconds"),
        ("", "twinkle.queue.depth", "{task}", UpDownCounter, "twinkle_queue_depth"),
        ("", "twinkle.task.wait_seconds", "s", histogram(), "twinkle_task_wait_seconds"),
        ("", "twinkle.rate_limit.rejections.total", "", Counter, "twinkle_rate_limit_rejections_total"),
        ("", "twinkle.tasks.total", "{task}", Counter, "twinkle_tasks_total"),
        ("", "twinkle.sessions.active", "{session}", Gauge, "twinkle_sessions_active"),
        ("", "gen_ai.client.operation.duration", "s", histogram(), "gen_ai_client_operation_duration_seconds"),
        ("", "gen_ai.client.token.usage", "{token}", histogram(), "gen_ai_client_token_usage"),
        ("", "traces_spanmetrics_calls_total", "", Counter, "traces_spanmetrics_calls_total"),
        ("", "traces_spanmetrics_duration_seconds", "s", histogram(), "traces_spanmetrics_duration_seconds"),
        ("", "mcp.tool.duration", "ms", histogram(), "mcp_tool_duration_milliseconds"),
    ];
    check(&Naming::Endpoint, table);
}

#[test]
fn the_endpoint_appends_the_word_of_a_unit_that_it_knows() {
    let table = [
        ("", "cpu.time", "s", DecimalCounter, "cpu_time_seconds_total"),
        ("", "cpu.time.total", "s", DecimalCounter, "cpu_time_seconds_total"),
        ("", "cpu_seconds_total", "s", DecimalCounter, "cpu_seconds_total"),
        ("", "memory", "By", Gauge, "memory_bytes"),
        ("", "memory", "KiBy", Gauge, "memory_kibibytes"),
        ("", "disk", "TiBy", Gauge, "disk_tebibytes"),
        ("", "cpu.load", "1", Gauge, "cpu_load_ratio"),
        ("", "cpu.load.ratio", "1", Gauge, "cpu_load_ratio"),
        ("", "requests", "1", Counter, "requests_total"),
        ("", "in.flight", "1", UpDownCounter, "in_flight"),
        ("", "fan", "%", Gauge, "fan_percent"),
        ("", "throughput", "By/s", Gauge, "throughput_bytes_per_second"),
        ("", "throughput_bytes_per_second", "By/s", Gauge, "throughput_bytes_per_second"),
        ("", "rate", "{request}/s", Gauge, "rate_per_second"),
        ("", "fuel", "{liter}/furlong", Gauge, "fuel"),
        ("", "things", "furlong", Gauge, "things"),
        ("", "a-b:c", "", Gauge, "a_b:c"),
        ("", "größe", "", Gauge, "gr__e"),
        ("", "5xx", "", Counter, "_5xx_total"),
        ("our.own", "5xx", "", Counter, "our_own_5xx_total"),
        ("", "", "", Gauge, "_"),
    ];
    check(&Naming::Endpoint, table);
}

#[test]
fn the_collector_moves_total_to_the_end_and_appends_units_that_it_does_not_know() {
    let table = [
        ("", "prompt_tokens", "{token}", Counter, "llm_prompt_tokens_total"),
        ("", "prompt_tokens", "token", Counter, "llm_prompt_tokens_token_total"),
        ("", "total_tokens", "{token}", Counter, "llm_tokens_total"),
        ("", "cost_usd", "{USD}", DecimalCounter, "llm_cost_usd_total"),
        ("", "twinkle.http.requests.total", "{request}", Counter, "llm_twinkle_http_requests_total"),
        ("", "twinkle.http.request.duration_seconds", "s", histogram(), "llm_twinkle_http_request_duration_seconds"),
        ("", "gen_ai.client.operation.duration", "s", histogram(), "llm_gen_ai_client_operation_duration_seconds"),
        ("", "gen_ai.client.token.usage", "{token}", histogram(), "llm_gen_ai_client_token_usage"),
        ("", "conversation_active_count", "{conversation}", Gauge, "llm_conversation_active_count"),
        ("", "5xx", "", Counter, "llm_5xx_total"),
    ];
    check(&Naming::collector("llm"), table);
}

#[test]
fn otlp_has_the_names_of_the_collector_without_a_namespace() {
    let table = [
        // A namespace is what the program's own endpoint puts in front, and nobody else.
        ("llm", "prompt_tokens", "{token}", Counter, "prompt_tokens_total"),
        ("llm", "total_tokens", "{token}", Counter, "tokens_total"),
        ("", "llama_stack_tokens_total", "tokens", Counter, "llama_stack_tokens_total"),
        ("", "twinkle.tasks.total", "{task}", Counter, "twinkle_tasks_total"),
        ("", "twinkle.queue.depth", "{task}", UpDownCounter, "twinkle_queue_depth"),
        ("", "total.cpu.total.time", "s", DecimalCounter, "cpu_time_seconds_total"),
        ("", "cpu.load", "1", Gauge, "cpu_load_ratio"),
        ("", "load.ratio.max", "1", Gauge, "load_max_ratio"),
        ("", "requests", "1", Counter, "requests_total"),
        ("", "throughput", "By/s", Gauge, "throughput_bytes_per_second"),
        ("", "requests", "1/s", Gauge, "requests_per_second"),
        ("", "rate", "By/{request}", Gauge, "rate_bytes"),
        ("", "things", "furlong@fort#night/x", Gauge, "things_furlong_fort_night_per_x"),
        ("", "many___underscores_", "", Gauge, "many_underscores"),
        ("", "5xx", "", Counter, "_5xx_total"),
    ];
    check(&Naming::Otlp, table.clone());
    check(&Naming::collector(""), table);
}

fn check<const N: usize>(naming: &Naming, table: [(&str, &str, &str, MetricKind, &str); N]) {
    for (namespace, name, unit, kind, expected) in table {
        let metric = metric(namespace, name, unit, kind.clone());
        assert_eq!(naming.metric_name(&metric), expected, "{naming}: {name:?} in {unit:?}, {kind:?}");
    }
}

#[test]
fn the_unit_is_told_as_the_name_says_it() {
    let unit = |naming: &Naming, unit: &str, kind| naming.unit_name(&metric("", "x", unit, kind));
    for naming in [Naming::Endpoint, Naming::Otlp, Naming::collector("llm")] {
        assert_eq!(unit(&naming, "s", histogram()).as_deref(), Some("seconds"));
        assert_eq!(unit(&naming, "By/s", Gauge).as_deref(), Some("bytes_per_second"));
        assert_eq!(unit(&naming, "1", Gauge).as_deref(), Some("ratio"));
        assert_eq!(unit(&naming, "1", Counter), None);
        assert_eq!(unit(&naming, "{token}", Counter), None);
        assert_eq!(unit(&naming, "", Counter), None);
    }
    assert_eq!(unit(&Naming::Endpoint, "token", Counter), None);
    assert_eq!(unit(&Naming::Otlp, "token", Counter).as_deref(), Some("token"));
}

#[test]
fn labels_read_as_each_way_has_them() {
    let table = [
        // attribute, endpoint, Collector, OTLP
        ("llm.model", "llm_model", "llm_model", "llm_model"),
        ("model_id", "model_id", "model_id", "model_id"),
        ("otel.metric.overflow", "otel_metric_overflow", "otel_metric_overflow", "otel_metric_overflow"),
        ("a:b", "a_b", "a_b", "a_b"),
        ("2nd", "_2nd", "key_2nd", "key_2nd"),
        ("_own", "_own", "key_own", "key_own"),
        ("a..b", "a__b", "a_b", "a__b"),
        ("..b", "key__b", "key_b", "__b"),
        ("__name__", "key__name__", "__name__", "__name__"),
        ("größe", "gr__e", "gr_e", "gr__e"),
    ];
    for (name, endpoint, collector, otlp) in table {
        assert_eq!(Naming::Endpoint.label_name(name), endpoint, "{name} at the endpoint");
        assert_eq!(Naming::collector("llm").label_name(name), collector, "{name} by the Collector");
        assert_eq!(Naming::Otlp.label_name(name), otlp, "{name} by OTLP");
    }
}

/// All sets together, in one of the three generations of the GenAI conventions.
#[test]
fn metrics_of_the_built_in_sets_have_names_of_their_own_by_every_way() {
    for generation in ["gen_ai", "gen_ai/g2", "gen_ai/g3"] {
        let names = MetricSet::NAMES.into_iter().filter(|name| !name.starts_with("gen_ai") || *name == generation);
        let sets = MetricSets::named(names).unwrap();
        for naming in [Naming::Endpoint, Naming::collector("llm"), Naming::Otlp] {
            let mut taken = HashSet::new();
            for metric in sets.metrics() {
                let name = naming.metric_name(metric);
                // OpenMetrics takes the ending off.
                let family = name.strip_suffix("_total").unwrap_or(&name).to_owned();
                assert!(taken.insert(family), "{naming}: {} is {name}, as another is", metric.name);
            }
        }
    }
}

fn kind() -> impl Strategy<Value = MetricKind> {
    proptest::sample::select(vec![Counter, DecimalCounter, UpDownCounter, Gauge, histogram()])
}

fn naming() -> impl Strategy<Value = Naming> {
    prop_oneof![Just(Naming::Endpoint), Just(Naming::Otlp), ".{0,6}".prop_map(Naming::collector)]
}

/// Names as they are written, and texts that are none.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9._]{0,20}(total)?", ".{0,10}"]
}

fn is_valid(name: &str, also: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|of| of.is_ascii_alphanumeric() || of == '_' || also.contains(of))
}

proptest! {
    #[test]
    fn a_name_is_always_a_valid_one(naming in naming(), namespace in ".{0,6}", name in name(), unit in "([a-zA-Z%1]{0,4}|.{0,6})(/[a-z]{0,2})?", kind in kind()) {
        let is_counter = kind.is_counter();
        let metric = metric(&namespace, &name, &unit, kind);
        let named = naming.metric_name(&metric);
        prop_assert!(is_valid(&named, ":"), "{named:?}");
        prop_assert!(!is_counter || named.ends_with("total"), "{named:?}");
        prop_assert!(naming.unit_name(&metric).is_none_or(|unit| unit.chars().all(|of| of.is_ascii_alphanumeric() || "_:".contains(of))));
    }

    #[test]
    fn a_label_is_always_a_valid_one(naming in naming(), name in name()) {
        prop_assert!(is_valid(&naming.label_name(&name), ""));
    }

    /// What the endpoint says is a name already: nothing is appended to it again.
    #[test]
    fn the_endpoint_names_a_name_as_it_is(name in name(), unit in proptest::sample::select(vec!["", "s", "By", "%", "1", "By/s", "{token}"]), kind in kind()) {
        let once = Naming::Endpoint.metric_name(&metric("", &name, unit, kind.clone()));
        prop_assert_eq!(&Naming::Endpoint.metric_name(&metric("", &once, unit, kind)), &once);
    }
}
