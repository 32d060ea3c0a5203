//! Other attributes, before and after.

use llm_span::llm_span;

use crate::{recorder::record, shapes::Answer};

#[tracing::instrument]
#[llm_span(operation = "chat", provider = "openai", model = model)]
async fn above(model: &str) -> Answer {
    Answer("above")
}

#[llm_span(operation = "chat", provider = "openai", model = model)]
#[tracing::instrument]
async fn below(model: &str) -> Answer {
    Answer("below")
}

#[tracing::instrument]
#[llm_span(operation = "chat", provider = "openai", model = model)]
fn above_sync(model: &str) -> Answer {
    Answer("above")
}

#[llm_span(operation = "chat", provider = "openai", model = model)]
#[tracing::instrument]
fn below_sync(model: &str) -> Answer {
    Answer("below")
}

#[tokio::test]
async fn instrument_can_stand_above_and_below() {
    let (spans, _guard) = record();
    above("a").await;
    below("b").await;
    above_sync("c");
    below_sync("d");
    for model in ["a", "b", "c", "d"] {
        assert_eq!((spans.of_model(model).outcome(), spans.of_model(model).tokens().2), ("ok", 192), "{model}");
    }
    assert_eq!(spans.spans().len(), 8);
}

/// Documented.
#[inline]
#[must_use]
#[llm_span(operation = "chat", provider = "openai", model = "m")]
#[expect(unused_variables, reason = "kept on the function")]
#[doc(alias = "z")]
fn with_others(unused: u8) -> Answer {
    #![allow(clippy::let_and_return)]
    let answer = Answer("others");
    answer
}

#[test]
fn attributes_of_the_function_and_its_body_are_kept() {
    let (spans, _guard) = record();
    assert_eq!(with_others(1), Answer("others"));
    assert_eq!(spans.only().outcome(), "ok");
}

#[cfg(any())]
#[llm_span(operation = "chat", provider = "openai", model = "m")]
fn configured_out() -> NoSuchType {}

struct Service;

#[async_trait::async_trait]
trait Chat {
    async fn complete(&self, model: String) -> Result<Answer, String>;
}

#[async_trait::async_trait]
impl Chat for Service {
    #[tracing::instrument(skip_all)]
    #[llm_span(operation = "chat", provider = "openai", model = model)]
    async fn complete(&self, model: String) -> Result<Answer, String> {
        if model.is_empty() {
            return Err(model);
        }
        Ok(Answer("both"))
    }
}

#[tokio::test]
async fn instrument_and_async_trait_together() {
    let (spans, _guard) = record();
    Service.complete("m".to_owned()).await.unwrap();
    assert_eq!(spans.of_model("m").tokens(), (128, 64, 192));
}
