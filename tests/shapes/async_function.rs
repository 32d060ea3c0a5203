use llm_span::llm_span;

use crate::{
    items::{Answer, Tried},
    responses::{self, Answering},
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn ask(answering: Answering) -> Tried<Answer> {
    answering.await
}

#[tokio::test]
async fn tokens() {
    responses::tokens(ask).await;
}

#[tokio::test]
async fn outcome() {
    responses::outcome(ask).await;
}

#[tokio::test]
async fn span_end() {
    responses::span_end(ask).await;
}
