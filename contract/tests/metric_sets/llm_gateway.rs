//! The LLM gateway's metrics.

use llm_span_contract::{Label, OperationSet, Outcome, Spans};

use crate::support::{assert_rows, labels, metric, reads};

#[test]
fn the_gateway_has_the_twelve_of_its_document_and_its_gauge() {
    let store = || labels("operation backend");
    let provider = || labels("provider model");
    let seconds = "0.1 0.5 1 2 5 10 20 30 60";
    let bytes = "100 1000 10000 100000 1000000 10000000 100000000";
    assert_rows(
        "llm_gateway",
        &[
            ("http_requests_total", "counter {request}", labels("method path status?"), ""),
            ("http_request_duration_seconds", "histogram s", labels("method path status?"), "0.01 0.05 0.1 0.5 1 2.5 5 10 30"),
            ("http_request_size_bytes", "histogram By", labels("method path"), bytes),
            ("http_response_size_bytes", "histogram By", labels("method path"), bytes),
            ("provider_requests_total", "counter {request}", labels("provider model operation status"), ""),
            ("provider_request_duration_seconds", "histogram s", labels("provider model operation"), seconds),
            ("provider_tokens_total", "counter {token}", labels("provider model type=input|output"), ""),
            ("provider_stream_ttfb_seconds", "histogram s", provider(), "0.05 0.1 0.5 1 2 5 10"),
            ("provider_stream_chunks_total", "counter {chunk}", provider(), ""),
            ("provider_stream_duration_seconds", "histogram s", provider(), seconds),
            ("conversation_operations_total", "counter {operation}", labels("operation backend status"), ""),
            ("conversation_operation_duration_seconds", "histogram s", store(), "0.001 0.005 0.01 0.05 0.1 0.5 1"),
            ("conversation_active_count", "gauge {conversation}", labels("backend"), ""),
        ],
    );
}

#[test]
fn the_gateways_path_is_a_route_and_never_a_url() {
    let requests = metric("llm_gateway", "http_requests_total");
    let path = requests.labels.iter().find(|label| label.name == "path").unwrap();
    assert_eq!(*path, Label::of("path", ["http.route"]).default_to("unmatched"));
}

#[test]
fn the_gateway_knows_its_operations_by_name_and_streams_of_others_by_their_attribute() {
    let requests = metric("llm_gateway", "provider_requests_total");
    let operation = |name, stream| reads(&requests, "operation", [Some(name), stream, None]).unwrap();
    assert_eq!(operation("provider.generate", None), "generate");
    assert_eq!(operation("provider.generate_stream", None), "generate_stream");
    assert_eq!(operation("llm.completion", Some("true")), "generate_stream");
    assert_eq!(operation("llm.completion", Some("false")), "generate");
    assert_eq!(operation("llm.completion", None), "generate");

    let operations = metric("llm_gateway", "conversation_operations_total");
    let operation = |name| reads(&operations, "operation", [Some(name), None, None]);
    assert_eq!(operation("conversation.append"), Some("append"));
    assert_eq!(operation("conversation.compact"), None);
}

#[test]
fn what_is_no_success_is_an_error_to_the_gateway() {
    for name in ["provider_requests_total", "conversation_operations_total"] {
        let metric = metric("llm_gateway", name);
        let status = Outcome::ALL.map(|outcome| reads(&metric, "status", [None, None, Some(outcome.name())]).unwrap());
        assert_eq!(status, ["success", "error", "error", "error"], "{name}");
    }
}

#[test]
fn the_gateway_measures_its_own_spans_and_those_of_the_contracts() {
    let requests = metric("llm_gateway", "provider_requests_total");
    let own = Spans::named(["provider.generate", "provider.generate_stream"]);
    assert_eq!(requests.spans, [own, Spans::calls(OperationSet::GENERATION)]);
    let stream = metric("llm_gateway", "provider_stream_duration_seconds");
    let streamed = Spans::calls(OperationSet::GENERATION).only_where("gen_ai.request.stream", ["true"]);
    assert_eq!(stream.spans, [Spans::named(["provider.generate_stream"]), streamed]);
}
