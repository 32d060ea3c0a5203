use llm_span::llm_span;

use crate::{
    items::{Answer, Tried},
    responses::{self, Answering},
};

#[async_trait::async_trait]
trait Provider {
    async fn ask(&self, answering: Answering) -> Tried<Answer>;
}

struct OpenAi;

#[async_trait::async_trait]
impl Provider for OpenAi {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
    async fn ask(&self, answering: Answering) -> Tried<Answer> {
        answering.await
    }
}

#[tokio::test]
async fn tokens() {
    responses::tokens(|answering| OpenAi.ask(answering)).await;
}

#[tokio::test]
async fn outcome() {
    responses::outcome(|answering| OpenAi.ask(answering)).await;
}

#[tokio::test]
async fn span_end() {
    responses::span_end(|answering| OpenAi.ask(answering)).await;
}
