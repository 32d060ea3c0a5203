use async_openai::error::OpenAIError;

use super::*;

fn status(error: &OpenAIError) -> Option<u16> {
    if let OpenAIError::ApiError(error) = error { Some(error.status_code.as_u16()) } else { None }
}

#[tokio::test]
async fn a_stream_is_broken_off_after_chunks() {
    let provider = at_once().await;
    let stream = openai(&provider).chat().create_stream(typed!(question(Model::BreaksOff))).await.unwrap();
    let mut chunks = all(stream).await;
    assert!(matches!(chunks.pop(), Some(Err(OpenAIError::StreamError(_)))));
    assert!(chunks.len() > 3 && chunks.iter().all(Result::is_ok), "{chunks:?}");
    assert_eq!(provider.served(), Served { requests: 1, failed: 1, ..Served::default() });
}

#[tokio::test]
async fn a_whole_answer_is_broken_off_too() {
    let provider = at_once().await;
    let error = openai(&provider).chat().create(typed!(question(Model::BreaksOff))).await.unwrap_err();
    assert!(matches!(&error, OpenAIError::Reqwest(error) if error.is_body() || error.is_decode()), "{error:?}");
    assert_eq!(provider.served(), Served { requests: 1, failed: 1, ..Served::default() });
}

#[tokio::test]
async fn an_error_comes_in_the_stream() {
    let provider = at_once().await;
    let stream = openai(&provider).chat().create_stream(typed!(question(Model::FailsMidway))).await.unwrap();
    let mut chunks = all(stream).await;
    // The client knows no error among chunks; it shows what it could not read.
    let Some(Err(OpenAIError::JSONDeserialize(_, content))) = chunks.pop() else { panic!("{chunks:?}") };
    assert!(content.contains("server_error"), "{content}");
    assert!(chunks.len() > 3 && chunks.iter().all(Result::is_ok), "{chunks:?}");
    let error = openai(&provider).chat().create(typed!(question(Model::FailsMidway))).await.unwrap_err();
    assert_eq!(status(&error), Some(500));
    assert_eq!(provider.served(), Served { requests: 2, failed: 2, ..Served::default() });
}

#[tokio::test]
async fn the_first_requests_fail_then_all_are_answered() {
    let provider = at_once().await;
    let client = openai(&provider);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let answer = client.chat().create(typed!(question(Model::Flaky))).await;
        statuses.push(answer.as_ref().err().and_then(status).unwrap_or(200));
    }
    assert_eq!(statuses, [500, 429, 200, 200]);
    let Served { requests, answered, failed, prompt_tokens, .. } = provider.served();
    assert_eq!((requests, answered, failed, prompt_tokens), (4, 2, 2, 2 * 128));
}

/// `retry-after: 0`: no test waits for a backoff.
#[tokio::test]
async fn a_client_that_tries_again_does_so_at_once() {
    let provider = Provider::start_with(Settings { failures: 3, ..Settings::default() }).await.unwrap();
    let config = OpenAIConfig::new().with_api_base(provider.base_url()).with_api_key("key");
    let client = Client::build(client(), config);
    client.chat().create(typed!(question(Model::Flaky))).await.unwrap();
    assert_eq!(provider.served().requests, 4);
    let error = client.chat().create(typed!(question(Model::RateLimited))).await.unwrap_err();
    assert_eq!((status(&error), provider.served().requests), (Some(429), 8));
}
