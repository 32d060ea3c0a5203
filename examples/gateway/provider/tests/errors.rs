//! What is told of a failure, and what is not.

use async_openai::error::{ApiError, ApiErrorResponse, OpenAIError};
use reqwest::StatusCode;

use super::{
    server::{Server, client, http},
    *,
};

fn refused(status: u16, code: Option<&str>) -> ProviderError {
    ProviderError::Refused { status, code: code.map(str::to_owned) }
}

#[tokio::test]
async fn each_failure_has_its_kind_and_each_request_is_sent_once() {
    let (provider, endpoint) = embedded(Settings::default()).await;
    let expected = [
        (Model::RateLimited.name(), refused(429, Some("rate_limit_exceeded")), "429"),
        (Model::OutOfQuota.name(), refused(429, Some("insufficient_quota")), "429"),
        (Model::Broken.name(), ProviderError::Failed, "failed"),
        ("gpt-99", refused(404, Some("model_not_found")), "404"),
    ];
    for (model, error, kind) in &expected {
        assert_eq!(provider.generate(ask(model)).await.as_ref(), Err(error), "{model}");
        assert_eq!(provider.generate_stream(ask(model)).await.err().as_ref(), Some(error), "{model}, streamed");
        assert_eq!(error.kind(), *kind);
    }
    let served = served(&endpoint).await;
    assert_eq!((served.requests, served.failed), (8, 8));
}

#[tokio::test]
async fn a_connection_that_breaks_is_no_answer() {
    let (provider, _endpoint) = embedded(Settings::default()).await;
    assert_eq!(provider.generate(ask(Model::BreaksOff.name())).await, Err(ProviderError::Unreachable));
    for (model, error) in [(Model::BreaksOff, ProviderError::Unreachable), (Model::FailsMidway, ProviderError::Failed)] {
        let (chunks, ended) = read(provider.generate_stream(ask(model.name())).await.unwrap()).await;
        assert!(!chunks.is_empty());
        assert_eq!(ended, Err(error));
    }
}

#[tokio::test]
async fn a_stream_that_ends_before_the_model_has_ended_is_broken() {
    let event =
        r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Tr"}}]}"#;
    let server = Server::answering("text/event-stream", format!("data: {event}\n\n")).await;
    let (chunks, ended) = read(server.provider().generate_stream(ask("m")).await.unwrap()).await;
    assert_eq!(chunks.iter().map(|chunk| &*chunk.text).collect::<String>(), "Tr");
    assert_eq!(ended, Err(ProviderError::Unreachable));
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_failure() {
    let nothing = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[]}"#;
    for body in ["<html>", "{}", nothing] {
        let server = Server::answering("application/json", body).await;
        assert_eq!(server.provider().generate(ask("m")).await, Err(ProviderError::Failed), "{body}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unreachable() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let provider = OpenAi::new(client(&base_url, http(|http| http)));
    assert_eq!(provider.generate(ask("m")).await, Err(ProviderError::Unreachable));
    assert_eq!(provider.generate_stream(ask("m")).await.err(), Some(ProviderError::Unreachable));
}

#[tokio::test]
async fn a_provider_that_takes_too_long_is_timed_out() {
    let (_, endpoint) = embedded(Settings { slow: LONG, ..Settings::default() }).await;
    let impatient = http(|http| http.timeout(Duration::from_millis(50)));
    let provider = OpenAi::new(client(&endpoint.embedded.as_ref().unwrap().base_url(), impatient));
    let error = provider.generate(ask(Model::Slow.name())).await.unwrap_err();
    assert_eq!((error.kind().as_ref(), error), ("timeout", ProviderError::TimedOut));
}

#[test]
fn nothing_that_a_provider_says_is_told_but_a_code() {
    let prompt = "What is tracing?";
    let error = |status: StatusCode, code: &str| {
        let api_error =
            ApiError { message: prompt.into(), r#type: Some(prompt.into()), code: Some(code.into()), ..ApiError::default() };
        ProviderError::from(OpenAIError::ApiError(ApiErrorResponse { status_code: status, api_error }))
    };
    assert_eq!(error(StatusCode::BAD_REQUEST, "context_length_exceeded"), refused(400, Some("context_length_exceeded")));
    let unreadable = serde_json::from_str::<u8>(prompt).unwrap_err();
    for error in [
        error(StatusCode::BAD_REQUEST, prompt),
        error(StatusCode::BAD_REQUEST, &"x".repeat(65)),
        error(StatusCode::BAD_REQUEST, ""),
        error(StatusCode::BAD_REQUEST, "sk-tracing"),
        error(StatusCode::BAD_REQUEST, "Tracing.tracing"),
        error(StatusCode::BAD_GATEWAY, prompt),
        error(StatusCode::FOUND, "found"),
        OpenAIError::JSONDeserialize(unreadable, prompt.into()).into(),
        OpenAIError::InvalidArgument(prompt.into()).into(),
    ] {
        let told = format!("{error} {error:?} {}", error.kind());
        assert!(!told.contains("tracing") && !told.contains("xx") && !told.contains("found"), "{told}");
    }
}
