//! The metrics of an LLM gateway: its HTTP requests, the calls of its providers, its conversation store.
//!
//! Spans: of kind SERVER with the HTTP conventions' attributes; `provider.generate`, `provider.generate_stream`, or any call that generates
//! text; `conversation.get`, `.create`, `.append`, `.delete`, `.list`.

use super::common::{
    BODY_BYTES, completion_tokens, first_of, http_method, http_requests, http_status, prompt_tokens, streamed, success_or_error,
};
use crate::{Amount, Fact, Label, Measure, Metric, MetricBuilder, OperationSet, Source, Spans, keys};

const GENERATE: &str = "provider.generate";
const GENERATE_STREAM: &str = "provider.generate_stream";

const HTTP_SECONDS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const PROVIDER_SECONDS: &[f64] = &[0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0];
const FIRST_BYTE_SECONDS: &[f64] = &[0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0];
const STORE_SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];

pub(crate) fn metrics() -> Vec<Metric> {
    http().into_iter().chain(provider()).chain(streams()).chain(conversations()).collect()
}

fn http() -> [Metric; 4] {
    // A raw URL would be a series a request: where no route was recorded, all share one.
    let of_route = |metric: MetricBuilder| {
        metric.of(http_requests()).label(http_method()).label(Label::of("path", ["http.route"]).default_to("unmatched"))
    };
    let size = |name, description, amount| {
        let histogram = Metric::histogram(name, BODY_BYTES).unit("By").description(description);
        of_route(histogram.measure(Measure::Value(amount))).finish()
    };
    // The document shows these words in what the endpoint answers, here and below.
    let requests = Metric::counter("http_requests_total").unit("{request}").description("Total number of HTTP requests");
    let duration = seconds("http_request_duration_seconds", HTTP_SECONDS, "Duration of HTTP requests.");
    [
        of_route(requests.measure(Measure::Closed)).label(http_status()).finish(),
        of_route(duration.measure(Measure::Duration)).label(http_status()).finish(),
        size("http_request_size_bytes", "Size of the bodies of HTTP requests.", request_size()),
        size("http_response_size_bytes", "Size of the bodies of HTTP responses.", response_size()),
    ]
}

/// The body's size by the conventions; the whole message's; the body's in their older spelling.
fn request_size() -> Amount {
    first_of(["http.request.body.size", "http.request.size", "http.request_content_length"])
}

fn response_size() -> Amount {
    first_of(["http.response.body.size", "http.response.size", "http.response_content_length"])
}

fn provider() -> [Metric; 3] {
    let requests = Metric::counter("provider_requests_total").unit("{request}").description("Calls of providers.");
    let duration = seconds("provider_request_duration_seconds", PROVIDER_SECONDS, "Duration of calls of providers.");
    let tokens = Metric::counter("provider_tokens_total")
        .unit("{token}")
        .description("Tokens of calls of providers.")
        .measure_as(Measure::Tokens(own_or("provider.input_tokens", &prompt_tokens())), [("type", "input")])
        .measure_as(Measure::Tokens(own_or("provider.output_tokens", &completion_tokens())), [("type", "output")]);
    [
        of_provider(requests.measure(Measure::Closed)).label(operation()).label(success_or_error()).finish(),
        of_provider(duration.measure(Measure::Duration)).label(operation()).finish(),
        of_provider(tokens).finish(),
    ]
}

fn streams() -> [Metric; 3] {
    let first = first_of(["provider.ttfb_seconds", keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]);
    let ttfb = seconds("provider_stream_ttfb_seconds", FIRST_BYTE_SECONDS, "Time to the first chunk of a stream.");
    let chunks = Metric::counter("provider_stream_chunks_total").unit("{chunk}").description("Chunks of streams.");
    let yielded = first_of(["provider.chunk_count", keys::LLM_STREAM_CHUNKS]);
    let duration = seconds("provider_stream_duration_seconds", PROVIDER_SECONDS, "Duration of streams, to their end or drop.");
    [ttfb.measure(Measure::Value(first)), chunks.measure(Measure::Value(yielded)), duration.measure(Measure::Duration)].map(
        |metric| {
            let metric = metric.of_spans_named(GENERATE_STREAM).of(streamed(Spans::calls(OperationSet::GENERATION)));
            metric.labels(provider_and_model()).finish()
        },
    )
}

fn conversations() -> [Metric; 3] {
    const OPERATIONS: [(&str, &str); 5] = [
        ("conversation.get", "get"),
        ("conversation.create", "create"),
        ("conversation.append", "append"),
        ("conversation.delete", "delete"),
        ("conversation.list", "list"),
    ];
    let of_store = |metric: MetricBuilder| {
        let operation = Label::new("operation").or(Source::of(Fact::SpanName).only(OPERATIONS));
        let metric = metric.of(Spans::named(OPERATIONS.map(|(span, _)| span))).label(operation);
        metric.label(Label::of("backend", ["conversation.backend"]))
    };
    let operations = Metric::counter("conversation_operations_total")
        .unit("{operation}")
        .description("Operations of the conversation store.")
        .measure(Measure::Closed);
    let duration =
        seconds("conversation_operation_duration_seconds", STORE_SECONDS, "Duration of the conversation store's operations.");
    let active = Metric::gauge("conversation_active_count").unit("{conversation}").description("Number of active conversations");
    [
        of_store(operations).label(success_or_error()).finish(),
        of_store(duration.measure(Measure::Duration)).finish(),
        active.measure(Measure::Callback).label(Label::new("backend")).finish(),
    ]
}

fn seconds(name: &'static str, boundaries: &'static [f64], description: &'static str) -> MetricBuilder {
    Metric::histogram(name, boundaries).unit("s").description(description)
}

fn of_provider(metric: MetricBuilder) -> MetricBuilder {
    let spans = metric.of(Spans::named([GENERATE, GENERATE_STREAM])).of_calls(OperationSet::GENERATION);
    spans.labels(provider_and_model())
}

fn provider_and_model() -> [Label; 2] {
    let provider = ["provider.name", keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM];
    [Label::of("provider", provider), Label::of("model", ["provider.model", keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL])]
}

fn operation() -> Label {
    Label::new("operation")
        .or(Source::of(Fact::SpanName).only([(GENERATE, "generate"), (GENERATE_STREAM, "generate_stream")]))
        .or(Source::attribute(keys::GEN_AI_REQUEST_STREAM).only([("true", "generate_stream")]))
        .default_to("generate")
}

/// The gateway's own attribute before those of the contracts.
fn own_or(own: &'static str, others: &Amount) -> Amount {
    others.keys().fold(Amount::of(own), |amount, key| amount.or(key.to_owned()))
}
