use llm_span::{Operation, call};

use crate::{
    items::{Answer, Tried},
    responses::{self, Answering},
};

fn ask(answering: Answering) -> impl Future<Output = Tried<Answer>> {
    call(Operation::Chat, "openai", "gpt-4o").run(answering)
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
