//! The provider and its wrapper, against the embedded provider, and against servers that misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod errors;
mod requests;
mod server;
mod spans;

use std::time::Duration;

use futures_util::StreamExt as _;
use llm_span_examples::{
    endpoint::Endpoint,
    provider::{Model, Served, Settings},
};

use super::*;

const LONG: Duration = Duration::from_secs(3600);
const TEXT: &str = "Tracing follows one request through a program and notes what each part did and how long it took.";
const USAGE: TokenUsage = TokenUsage { input_tokens: 128, output_tokens: 64 };

/// The gateway's provider, and what runs it.
async fn embedded(settings: Settings) -> (OpenAi, Endpoint) {
    let endpoint = Endpoint::embedded(settings).await.unwrap().with_trace_context();
    (OpenAi::new(endpoint.client.clone()), endpoint)
}

async fn served(endpoint: &Endpoint) -> Served {
    let ended = endpoint.embedded.as_ref().unwrap().served_when(|served| served.under_way() == 0);
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("the provider did not notice")
}

fn ask(model: &str) -> GenerateRequest {
    let said = |role, content: &str| Message { role, content: content.into() };
    let messages = vec![said(Role::System, "Be brief."), said(Role::User, "What is tracing?")];
    GenerateRequest { model: model.into(), messages, ..GenerateRequest::default() }
}

/// All chunks, and how it ended.
async fn read(stream: GeneratedStream) -> (Vec<Chunk>, Result<(), ProviderError>) {
    let mut chunks = Vec::new();
    let mut stream = stream;
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => chunks.push(chunk),
            Err(error) => {
                assert!(stream.next().await.is_none(), "something follows an error");
                return (chunks, Err(error));
            }
        }
    }
    (chunks, Ok(()))
}

#[tokio::test]
async fn an_answer_tells_its_text_its_id_its_model_why_it_ended_and_its_tokens() {
    let (provider, endpoint) = embedded(Settings::default()).await;
    let answer = provider.generate(ask(Model::Answers.name())).await.unwrap();
    assert!(answer.id.starts_with("chatcmpl-"), "{}", answer.id);
    let Generated { model, text, finish_reason, usage, .. } = answer;
    assert_eq!((&*model, &*text), ("gpt-4o-2024-08-06", TEXT));
    assert_eq!((finish_reason.as_deref(), usage), (Some("stop"), Some(USAGE)));
    assert_eq!(served(&endpoint).await.requests, 1);
}

#[tokio::test]
async fn a_stream_tells_the_same_in_chunks() {
    let (provider, endpoint) = embedded(Settings::default()).await;
    let (chunks, ended) = read(provider.generate_stream(ask(Model::Answers.name())).await.unwrap()).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(chunks.iter().map(|chunk| &*chunk.text).collect::<String>(), TEXT);
    assert!(chunks.iter().all(|chunk| chunk.id == chunks[0].id && chunk.model.as_deref() == Some("gpt-4o-2024-08-06")));
    assert!(chunks[0].id.as_ref().is_some_and(|id| id.starts_with("chatcmpl-")));
    assert_eq!(chunks.iter().filter_map(|chunk| chunk.finish_reason.as_deref()).collect::<Vec<_>>(), ["stop"]);
    assert_eq!(chunks.iter().filter_map(|chunk| chunk.usage).collect::<Vec<_>>(), [USAGE]);
    let served = served(&endpoint).await;
    assert_eq!((served.streams, served.prompt_tokens, served.completion_tokens), (1, 128, 64));
}

#[tokio::test]
async fn a_provider_that_tells_no_usage_has_none() {
    let (provider, _endpoint) = embedded(Settings::default()).await;
    assert_eq!(provider.generate(ask(Model::NoUsage.name())).await.unwrap().usage, None);
    let (chunks, ended) = read(provider.generate_stream(ask(Model::NoUsage.name())).await.unwrap()).await;
    assert_eq!(ended, Ok(()));
    assert!(!chunks.is_empty() && chunks.iter().all(|chunk| chunk.usage.is_none()));
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_at_the_provider() {
    let settings = Settings { first_chunk: Duration::ZERO, between_chunks: LONG, ..Settings::default() };
    let (provider, endpoint) = embedded(settings).await;
    let mut stream = provider.generate_stream(ask(Model::Answers.name())).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(endpoint.embedded.as_ref().unwrap().served().under_way(), 1);
    drop(stream);
    assert_eq!(served(&endpoint).await, Served { requests: 1, cut_off: 1, ..Served::default() });
}

#[tokio::test]
async fn a_request_that_is_given_up_ends_at_the_provider() {
    let (provider, endpoint) = embedded(Settings { slow: LONG, ..Settings::default() }).await;
    let asked = tokio::spawn(async move { provider.generate(ask(Model::Slow.name())).await });
    endpoint.embedded.as_ref().unwrap().served_when(|served| served.under_way() == 1).await;
    asked.abort();
    assert_eq!(served(&endpoint).await, Served { requests: 1, cut_off: 1, ..Served::default() });
}
