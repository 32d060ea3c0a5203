use llm_span::{llm_span, testing};

use crate::{
    ends::outermost,
    items::{Answer, Tried},
    responses::{self, Answering},
};

#[llm_span(operation = "execute_tool", tool = "look_up")]
async fn look_up(answering: Answering) -> Tried<Answer> {
    answering.await
}

/// It has none, whatever its result could tell.
#[tokio::test]
async fn tokens() {
    let calls = testing::capture();
    assert_eq!(look_up(responses::answers()).await, Ok(Answer));
    calls.assert_contract();
    assert_eq!(outermost(&calls).tokens(), None);
    assert_eq!(calls.tokens().total, 0);
}

#[tokio::test]
async fn outcome() {
    responses::outcome(look_up).await;
}

#[tokio::test]
async fn span_end() {
    responses::span_end(look_up).await;
}
