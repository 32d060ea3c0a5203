//! What Tempo's metrics generator derives from sampled traces, here derived from every span: calls and durations.

use crate::{Fact, Label, Measure, Metric, MetricBuilder, Source, keys};

/// 2 ms and doubles of it, as Tempo has them to 16 s; then on to two minutes, so that long calls are told apart.
const SECONDS: &[f64] =
    &[0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, 32.768, 65.536, 131.072];

pub(crate) fn metrics() -> Vec<Metric> {
    let calls = Metric::counter("traces_spanmetrics_calls_total").unit("{span}").description("Spans that have ended.");
    let duration = Metric::histogram("traces_spanmetrics_duration_seconds", SECONDS).unit("s").description("Duration of spans.");
    vec![labelled(calls.measure(Measure::Closed)), labelled(duration.measure(Measure::Duration))]
}

fn labelled(metric: MetricBuilder) -> Metric {
    // Outside of the AMTP contract a span says it in the conventions' words only.
    let fallback = [keys::GEN_AI_PROVIDER_NAME, keys::GEN_AI_SYSTEM];
    let provider = Label::of("llm_provider", [keys::LLM_PROVIDER].into_iter().chain(fallback));
    let system = Label::of("gen_ai_system", [keys::GEN_AI_SYSTEM, keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER]);
    metric
        .label(Label::new("service").or(Source::of(Fact::Service)).default_to("unknown_service"))
        .label(Label::of("span_name", [keys::OTEL_NAME]).or(Source::of(Fact::SpanName)))
        .label(span_kind())
        .label(status_code())
        .label(Label::of("llm_model", [keys::LLM_MODEL, keys::GEN_AI_REQUEST_MODEL]).optional())
        .label(provider.optional())
        .label(system.optional())
        .finish()
}

/// `tracing-opentelemetry` reads kinds and codes in any case; these are the spellings that are in use.
fn span_kind() -> Label {
    let spellings = [
        ("server", "SPAN_KIND_SERVER"),
        ("Server", "SPAN_KIND_SERVER"),
        ("SERVER", "SPAN_KIND_SERVER"),
        ("client", "SPAN_KIND_CLIENT"),
        ("Client", "SPAN_KIND_CLIENT"),
        ("CLIENT", "SPAN_KIND_CLIENT"),
        ("producer", "SPAN_KIND_PRODUCER"),
        ("Producer", "SPAN_KIND_PRODUCER"),
        ("PRODUCER", "SPAN_KIND_PRODUCER"),
        ("consumer", "SPAN_KIND_CONSUMER"),
        ("Consumer", "SPAN_KIND_CONSUMER"),
        ("CONSUMER", "SPAN_KIND_CONSUMER"),
    ];
    Label::new("span_kind").or(Source::attribute(keys::OTEL_KIND).only(spellings)).default_to("SPAN_KIND_INTERNAL")
}

fn status_code() -> Label {
    let spellings = [
        ("OK", "STATUS_CODE_OK"),
        ("Ok", "STATUS_CODE_OK"),
        ("ok", "STATUS_CODE_OK"),
        ("ERROR", "STATUS_CODE_ERROR"),
        ("Error", "STATUS_CODE_ERROR"),
        ("error", "STATUS_CODE_ERROR"),
    ];
    Label::new("status_code")
        .or(Source::attribute(keys::OTEL_STATUS_CODE).only(spellings))
        .or(Source::of(Fact::Outcome).only([("error", "STATUS_CODE_ERROR"), ("panic", "STATUS_CODE_ERROR")]))
        .default_to("STATUS_CODE_UNSET")
}
