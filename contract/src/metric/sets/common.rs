//! What several sets have in common.

use crate::{Amount, Fact, Label, Measure, Outcome, Source, Spans, keys};

/// The first is what is read where several were recorded.
pub(super) fn first_of<const N: usize>(all: [&'static str; N]) -> Amount {
    let mut all = all.into_iter();
    let first = Amount::of(all.next().unwrap_or_default());
    all.fold(first, Amount::or)
}

/// Tokens of the prompt; also as spans of the conventions say it, in the present and in the older spelling.
pub(super) fn prompt_tokens() -> Amount {
    first_of([keys::LLM_TOKENS_PROMPT, keys::GEN_AI_USAGE_INPUT_TOKENS, "gen_ai.usage.prompt_tokens"])
}

/// Tokens of the completion, likewise.
pub(super) fn completion_tokens() -> Amount {
    first_of([keys::LLM_TOKENS_COMPLETION, keys::GEN_AI_USAGE_OUTPUT_TOKENS, "gen_ai.usage.completion_tokens"])
}

/// Seconds to the first chunk of a stream.
pub(super) fn time_to_first_chunk() -> Measure {
    Measure::Value(Amount::of(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK))
}

/// The label of counts that were estimated: `true`, or none.
pub(super) fn estimated() -> Label {
    let only_true = Source::attribute(keys::LLM_USAGE_ESTIMATED).only([("true", "true")]);
    Label::new(keys::LLM_USAGE_ESTIMATED).or(only_true).optional()
}

/// Only the calls whose response is streamed.
pub(super) fn streamed(spans: Spans) -> Spans {
    spans.only_where(keys::GEN_AI_REQUEST_STREAM, ["true"])
}

/// Spans of a kind. `tracing-opentelemetry` reads it in any case; these are the spellings that are in use.
pub(super) fn of_kind(spans: Spans, kind: [&'static str; 3]) -> Spans {
    spans.only_where(keys::OTEL_KIND, kind)
}

pub(super) const CLIENT: [&str; 3] = ["client", "Client", "CLIENT"];
pub(super) const SERVER: [&str; 3] = ["server", "Server", "SERVER"];

/// The conventions' attributes of a request, each before its older spelling.
pub(super) const HTTP_METHOD: [&str; 2] = ["http.request.method", "http.method"];
pub(super) const HTTP_STATUS: [&str; 2] = ["http.response.status_code", "http.status_code"];

/// Bucket bounds of bodies: 100 bytes to 100 MB.
pub(super) const BODY_BYTES: &[f64] = &[100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/// Requests that a server serves, known by their method.
pub(super) fn http_requests() -> Spans {
    of_kind(Spans::with(HTTP_METHOD), SERVER)
}

/// The labels of a request.
pub(super) fn http_method() -> Label {
    Label::of("method", HTTP_METHOD)
}

/// A request whose client went away has none.
pub(super) fn http_status() -> Label {
    Label::of("status", HTTP_STATUS).optional()
}

/// How a span ended, where two values are all there are: what did not succeed is an error, cancelled calls among it.
pub(super) fn success_or_error() -> Label {
    let rename = |outcome: Outcome| (outcome.name(), if outcome == Outcome::Ok { "success" } else { "error" });
    Label::new("status").or(Source::of(Fact::Outcome).only(Outcome::ALL.map(rename)))
}
