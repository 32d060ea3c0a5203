//! The built-in sets, as the documents of those who read them have them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod http;
mod llm_gateway;
mod support;

use llm_span_contract::{Measure, MetricSet, Naming, Operation, OperationSet, Spans};

use crate::support::{D, G, Row, T, assert_rows, labels, metric, reads};

#[test]
fn amtp_counts_tokens_and_cost_by_model_provider_and_system() {
    let of = || labels("llm.model llm.provider gen_ai.system llm.usage.estimated?");
    assert_rows(
        "amtp",
        &[
            ("prompt_tokens", "counter {token}", of(), ""),
            ("completion_tokens", "counter {token}", of(), ""),
            ("total_tokens", "counter {token}", of(), ""),
            ("cost_usd", "decimal {USD}", of(), ""),
        ],
    );
    for metric in MetricSet::amtp().metrics() {
        assert_eq!(metric.namespace.as_deref(), Some("llm"));
        assert_eq!(metric.spans[0].operations, Some(OperationSet::MODEL_CALLS));
    }
    let names = MetricSet::amtp().metrics().iter().map(|metric| Naming::Endpoint.metric_name(metric)).collect::<Vec<_>>();
    assert_eq!(names, ["llm_prompt_tokens_total", "llm_completion_tokens_total", "llm_total_tokens_total", "llm_cost_usd_total"]);
}

#[test]
fn gen_ai_1_has_the_four_client_histograms() {
    assert_rows(
        "gen_ai",
        &[
            (
                "gen_ai.client.token.usage",
                "histogram {token}",
                format!("{G} llm.usage.estimated? gen_ai.token.type=input|output"),
                T,
            ),
            ("gen_ai.client.operation.duration", "histogram s", format!("{G} error.type?"), D),
            ("gen_ai.client.operation.time_to_first_chunk", "histogram s", labels(G), D),
            ("gen_ai.client.operation.time_per_output_chunk", "histogram s", labels(G), D),
        ],
    );
}

/// What generations 2 and 3 have alike: counters by modality and histograms of tokens; agents, workflows, tools.
fn later_tokens() -> Vec<Row> {
    let counter = |name| (name, "counter {token}", format!("{G} llm.usage.estimated? gen_ai.token.modality=unknown"), "");
    let histogram = |name| (name, "histogram {token}", format!("{G} error.type? llm.usage.estimated?"), T);
    vec![
        counter("gen_ai.client.inference.usage.input_tokens"),
        counter("gen_ai.client.inference.usage.output_tokens"),
        counter("gen_ai.client.inference.usage.cache_read.input_tokens"),
        counter("gen_ai.client.inference.usage.cache_write.input_tokens"),
        counter("gen_ai.client.inference.usage.reasoning.output_tokens"),
        histogram("gen_ai.client.inference.operation.input_tokens"),
        histogram("gen_ai.client.inference.operation.output_tokens"),
    ]
}

fn later_durations() -> Vec<Row> {
    let tool = labels("gen_ai.tool.name gen_ai.tool.type? gen_ai.agent.name? error.type?");
    let agent = labels("gen_ai.agent.name? gen_ai.request.model? error.type?");
    vec![
        ("gen_ai.execute_tool.duration", "histogram s", tool, D),
        ("gen_ai.invoke_agent.duration", "histogram s", agent, "0.1 0.2 0.4 0.8 1.6 3.2 6.4 12.8 25.6 51.2 102.4 204.8 409.6"),
        (
            "gen_ai.invoke_workflow.duration",
            "histogram s",
            labels("gen_ai.workflow.name? error.type?"),
            "1 5 10 30 60 120 300 600 1800 3600 7200",
        ),
    ]
}

#[test]
fn gen_ai_2_counts_tokens_by_modality_and_times_agents_workflows_and_tools() {
    let client = vec![
        ("gen_ai.client.operation.duration", "histogram s", format!("{G} error.type?"), D),
        ("gen_ai.client.operation.time_to_first_chunk", "histogram s", labels(G), D),
        ("gen_ai.client.operation.time_per_output_chunk", "histogram s", labels(G), D),
    ];
    assert_rows("gen_ai/g2", &[later_tokens(), client, later_durations()].concat());
}

#[test]
fn gen_ai_3_has_durations_by_what_is_done() {
    let client = vec![
        ("gen_ai.client.inference.duration", "histogram s", format!("{G} error.type?"), D),
        ("gen_ai.client.embeddings.duration", "histogram s", format!("{G} error.type?"), D),
        ("gen_ai.client.operation.duration", "histogram s", format!("{G} error.type?"), D),
        ("gen_ai.client.inference.time_to_first_chunk", "histogram s", labels(G), D),
        ("gen_ai.client.inference.time_per_output_chunk", "histogram s", labels(G), D),
    ];
    assert_rows("gen_ai/g3", &[later_tokens(), client, later_durations()].concat());
}

#[test]
fn times_of_chunks_are_those_of_streams() {
    for set in ["gen_ai", "gen_ai/g2", "gen_ai/g3"] {
        let set = MetricSet::named(set).unwrap();
        let of_chunks = set.metrics().iter().filter(|metric| metric.name.ends_with("_chunk")).collect::<Vec<_>>();
        assert_eq!(of_chunks.len(), 2);
        for metric in of_chunks {
            let condition = &metric.spans[0].conditions[0];
            assert_eq!((&*condition.key, &condition.values[..]), ("gen_ai.request.stream", &["true".into()][..]));
        }
    }
}

#[test]
fn llama_stack_counts_and_tells_tokens() {
    let of = || labels("model_id provider_id");
    assert_rows(
        "llama_stack",
        &[
            ("llama_stack_prompt_tokens_total", "counter {tokens}", of(), ""),
            ("llama_stack_completion_tokens_total", "counter {tokens}", of(), ""),
            ("llama_stack_tokens_total", "counter {tokens}", of(), ""),
        ],
    );
    let events = MetricSet::llama_stack().metrics().iter().map(|metric| metric.event.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(events, ["prompt_tokens", "completion_tokens", "total_tokens"]);
    for metric in MetricSet::llama_stack().metrics() {
        for naming in [Naming::Endpoint, Naming::collector(""), Naming::Otlp] {
            assert_eq!(naming.metric_name(metric), metric.name);
        }
    }
    let Measure::Tokens(total) = metric("llama_stack", "llama_stack_tokens_total").points[0].measure.clone() else {
        unreachable!()
    };
    let alternatives = total.alternatives().map(|sum| sum.join("+")).collect::<Vec<_>>();
    assert_eq!(alternatives[0], "llm.tokens.total");
    assert!(alternatives.contains(&"gen_ai.usage.input_tokens+gen_ai.usage.output_tokens".to_owned()));
}

#[test]
fn twinkle_has_the_eleven_of_its_document() {
    let tasks = "0.01 0.05 0.1 0.5 1 5 10 30 60 120 300 600 1800 3600";
    assert_rows(
        "twinkle",
        &[
            ("twinkle.http.requests.total", "counter {request}", labels("deployment method status?"), ""),
            (
                "twinkle.http.request.duration_seconds",
                "histogram s",
                labels("deployment method"),
                "0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60",
            ),
            ("twinkle.rate_limit.rejections.total", "counter {request}", labels("deployment"), ""),
            ("twinkle.queue.depth", "updown {task}", labels("deployment"), ""),
            ("twinkle.task.execution_seconds", "histogram s", labels("deployment task_type"), tasks),
            ("twinkle.task.wait_seconds", "histogram s", labels("deployment task_type"), tasks),
            ("twinkle.tasks.total", "counter {task}", labels("deployment task_type status"), ""),
            ("twinkle.sessions.active", "gauge {session}", labels(""), ""),
            ("twinkle.models.active", "gauge {model}", labels(""), ""),
            ("twinkle.sampling_sessions.active", "gauge {session}", labels(""), ""),
            ("twinkle.futures.active", "gauge {future}", labels(""), ""),
        ],
    );
    for (name, measure) in [
        ("twinkle.queue.depth", Measure::Waiting),
        ("twinkle.task.wait_seconds", Measure::Wait),
        ("twinkle.task.execution_seconds", Measure::Execution),
        ("twinkle.sessions.active", Measure::Callback),
    ] {
        assert_eq!(metric("twinkle", name).points[0].measure, measure, "{name}");
    }
}

#[test]
fn twinkles_names_are_those_of_its_document_by_every_way() {
    let underscores = |name: &str| name.replace('.', "_");
    for metric in MetricSet::twinkle().metrics() {
        for naming in [Naming::Endpoint, Naming::collector(""), Naming::Otlp] {
            assert_eq!(naming.metric_name(metric), underscores(&metric.name), "{naming}");
        }
    }
}

#[test]
fn a_task_says_its_status_or_its_end_does() {
    let tasks = metric("twinkle", "twinkle.tasks.total");
    let status = |recorded, outcome| reads(&tasks, "status", [None, recorded, Some(outcome)]).unwrap();
    assert_eq!(status(Some("timeout"), "error"), "timeout");
    assert_eq!(status(Some("completed"), "error"), "completed");
    assert_eq!(status(Some("running"), "ok"), "completed");
    assert_eq!([status(None, "ok"), status(None, "error"), status(None, "cancelled")], ["completed", "failed", "failed"]);
}

#[test]
fn spanmetrics_are_as_tempo_names_them() {
    let of = || labels("service span_name span_kind status_code llm_model? llm_provider? gen_ai_system?");
    let tempo = "0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192 16.384 32.768 65.536 131.072";
    assert_rows(
        "spanmetrics",
        &[
            ("traces_spanmetrics_calls_total", "counter {span}", of(), ""),
            ("traces_spanmetrics_duration_seconds", "histogram s", of(), tempo),
        ],
    );
    let calls = metric("spanmetrics", "traces_spanmetrics_calls_total");
    assert_eq!(calls.spans, [Spans::all()]);
    let kind = |kind| reads(&calls, "span_kind", [None, kind, None]).unwrap();
    assert_eq!([kind(Some("client")), kind(Some("Server"))], ["SPAN_KIND_CLIENT", "SPAN_KIND_SERVER"]);
    assert_eq!([kind(Some("CONSUMER")), kind(None)], ["SPAN_KIND_CONSUMER", "SPAN_KIND_INTERNAL"]);
    let status = |recorded, outcome| reads(&calls, "status_code", [None, recorded, Some(outcome)]).unwrap();
    assert_eq!([status(Some("OK"), "ok"), status(Some("ERROR"), "ok")], ["STATUS_CODE_OK", "STATUS_CODE_ERROR"]);
    assert_eq!([status(None, "ok"), status(None, "panic")], ["STATUS_CODE_UNSET", "STATUS_CODE_ERROR"]);
    assert_eq!(status(None, "cancelled"), "STATUS_CODE_UNSET");
}

#[test]
fn mcp_has_amtps_two_and_the_four_of_the_conventions() {
    let seconds = "0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10 30 60 120 300";
    let amtp = || labels("mcp.tool? mcp.cache_hit? mcp.exclusion_reason?");
    let protocol = "error.type? jsonrpc.protocol.version? mcp.protocol.version? network.protocol.name? network.protocol.version? \
                    network.transport?";
    let method = "mcp.method.name gen_ai.tool.name? gen_ai.prompt.name? rpc.response.status_code? gen_ai.operation.name?";
    let server = "server.address? server.port?";
    assert_rows(
        "mcp",
        &[
            ("mcp.tool.duration", "histogram s", amtp(), seconds),
            ("mcp.github_api.duration", "histogram s", amtp(), seconds),
            ("mcp.client.operation.duration", "histogram s", format!("{method} {protocol} {server}"), seconds),
            ("mcp.server.operation.duration", "histogram s", format!("{method} {protocol}"), seconds),
            ("mcp.client.session.duration", "histogram s", format!("{protocol} {server}"), seconds),
            ("mcp.server.session.duration", "histogram s", labels(protocol), seconds),
        ],
    );
    // The spans below a tool's may say of which tool they are.
    let tool = metric("mcp", "mcp.tool.duration");
    assert!(tool.spans.iter().any(|spans| spans.except.contains(&"github.api".into())));
}

#[test]
fn violations_are_counted_by_contract_finding_attribute_and_span() {
    assert_rows(
        "violations",
        &[("llm_contract_violations_total", "counter {violation}", labels("contract finding attribute? span?"), "")],
    );
}

#[test]
fn every_built_in_metric_would_be_built() {
    // A document fixes these, as it shows what the endpoint answers.
    let fixed = ["Total number of HTTP requests", "Number of active conversations"];
    for name in MetricSet::NAMES {
        let set = MetricSet::named(name).unwrap();
        let is_told = |text: &str| text.ends_with('.') || fixed.contains(&text);
        assert!(set.metrics().iter().all(|metric| is_told(&metric.description)), "{name}");
        let built = MetricSet::new(name, set.metrics().iter().cloned()).unwrap();
        assert_eq!(built.metrics(), set.metrics());
    }
}

#[test]
fn tools_agents_and_workflows_are_timed_as_what_they_are() {
    for (name, operation) in [
        ("gen_ai.execute_tool.duration", Operation::ExecuteTool),
        ("gen_ai.invoke_agent.duration", Operation::InvokeAgent),
        ("gen_ai.invoke_workflow.duration", Operation::InvokeWorkflow),
    ] {
        assert_eq!(metric("gen_ai/g2", name).spans[0].operations, Some(OperationSet::of(&[operation])));
    }
}
