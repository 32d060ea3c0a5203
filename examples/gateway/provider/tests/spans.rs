//! What the wrapper tells: spans, their attributes, metrics.

use llm_span::{Outcome, testing};
use opentelemetry::trace::{SpanKind, Status};

use super::*;
use crate::testing::{Telemetry, attribute};

const OF_MODEL: [&str; 2] = [r#"provider="openai""#, r#"model="gpt-4o""#];

fn sum(telemetry: &Telemetry, name: &str, labels: &[&str]) -> Option<f64> {
    telemetry.sum(name, &[&OF_MODEL[..], labels].concat())
}

#[tokio::test]
async fn a_call_is_a_span_and_a_measurement_of_each_metric() {
    let (provider, _endpoint) = embedded(Settings::default()).await;
    let telemetry = Telemetry::start();
    let calls = testing::capture();
    let request =
        GenerateRequest { temperature: Some(0.5), top_p: Some(0.25), max_tokens: Some(7), ..ask(Model::Answers.name()) };
    InstrumentedProvider::new(provider).generate(request).await.unwrap();

    calls.assert_contract();
    assert_eq!(calls.tokens(), testing::Tokens::new(128, 64));
    let span = telemetry.span("provider.generate");
    assert_eq!((&span.span_kind, &span.status), (&SpanKind::Client, &Status::Unset));
    for (key, expected) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.request.top_p", "0.25"),
        ("gen_ai.request.max_tokens", "7"),
        ("gen_ai.response.model", "gpt-4o-2024-08-06"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
        ("llm.outcome", "ok"),
        ("twinkle.component", "Model"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(expected), "{key}");
    }
    assert!(attribute(&span, "gen_ai.response.id").unwrap().starts_with("chatcmpl-"));

    let of_call = [r#"operation="generate""#];
    assert_eq!(sum(&telemetry, "provider_requests_total", &[of_call[0], r#"status="success""#]), Some(1.0));
    assert_eq!(sum(&telemetry, "provider_request_duration_seconds_count", &of_call), Some(1.0));
    assert_eq!(sum(&telemetry, "provider_tokens_total", &[r#"type="input""#]), Some(128.0));
    assert_eq!(sum(&telemetry, "provider_tokens_total", &[r#"type="output""#]), Some(64.0));
    assert!(matches!(sum(&telemetry, "provider_stream_duration_seconds_count", &[]), None | Some(0.0)));
}

#[tokio::test]
async fn a_stream_is_a_span_and_a_measurement_of_each_metric() {
    let (provider, _endpoint) = embedded(Settings::default()).await;
    let telemetry = Telemetry::start();
    let calls = testing::capture();
    let stream = InstrumentedProvider::new(provider).generate_stream(ask(Model::Answers.name())).await.unwrap();
    assert!(telemetry.spans().is_empty(), "the call has ended before its stream");
    let (chunks, _) = read(stream).await;

    calls.assert_contract();
    let call = calls.only();
    call.assert_streamed(i64::try_from(chunks.len()).unwrap());
    call.assert_outcome(Outcome::Ok);
    let span = telemetry.span("provider.generate_stream");
    assert_eq!(attribute(&span, "gen_ai.response.finish_reasons").as_deref(), Some(r#"["stop"]"#));

    let of_call = [r#"operation="generate_stream""#];
    assert_eq!(sum(&telemetry, "provider_requests_total", &[of_call[0], r#"status="success""#]), Some(1.0));
    assert_eq!(sum(&telemetry, "provider_request_duration_seconds_count", &of_call), Some(1.0));
    assert_eq!(sum(&telemetry, "provider_tokens_total", &[]), Some(192.0));
    assert_eq!(sum(&telemetry, "provider_stream_ttfb_seconds_count", &[]), Some(1.0));
    assert!(sum(&telemetry, "provider_stream_ttfb_seconds_sum", &[]).unwrap() >= 0.02);
    assert_eq!(sum(&telemetry, "provider_stream_chunks_total", &[]), Some(f64::from(u32::try_from(chunks.len()).unwrap())));
    assert_eq!(sum(&telemetry, "provider_stream_duration_seconds_count", &[]), Some(1.0));
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_cancelled() {
    let settings = Settings { first_chunk: Duration::ZERO, between_chunks: LONG, ..Settings::default() };
    let (provider, endpoint) = embedded(settings).await;
    let telemetry = Telemetry::start();
    let calls = testing::capture();
    let mut stream = InstrumentedProvider::new(provider).generate_stream(ask(Model::Answers.name())).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);

    calls.only().assert_outcome(Outcome::Cancelled);
    calls.only().assert_streamed(1);
    assert_eq!(telemetry.span("provider.generate_stream").status, Status::Unset);
    assert_eq!(sum(&telemetry, "provider_requests_total", &[r#"status="error""#]), Some(1.0));
    assert_eq!(served(&endpoint).await.cut_off, 1);
}

#[tokio::test]
async fn a_failure_is_an_error_of_its_kind() {
    let (provider, _endpoint) = embedded(Settings::default()).await;
    let provider = InstrumentedProvider::new(provider);
    for (model, kind) in [(Model::RateLimited, "429"), (Model::Broken, "failed"), (Model::BreaksOff, "unreachable")] {
        let telemetry = Telemetry::start();
        assert!(provider.generate(ask(model.name())).await.is_err());
        let stream = provider.generate_stream(ask(model.name())).await;
        if let Ok(stream) = stream {
            assert!(read(stream).await.1.is_err());
        }
        for name in ["provider.generate", "provider.generate_stream"] {
            let span = telemetry.span(name);
            assert_eq!(attribute(&span, "error.type").as_deref(), Some(kind), "{name} of {model:?}");
            assert_eq!(attribute(&span, "llm.outcome").as_deref(), Some("error"));
            assert!(matches!(span.status, Status::Error { .. }));
        }
        assert_eq!(telemetry.sum("provider_requests_total", &[model.name(), r#"status="error""#]), Some(2.0));
        assert!(matches!(telemetry.sum("provider_tokens_total", &[model.name()]), None | Some(0.0)));
    }
}
