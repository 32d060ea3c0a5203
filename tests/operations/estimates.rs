//! What a provider leaves out may be estimated, and is marked then.

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{Usage, estimate_usage, llm_span, testing};

use crate::support::{Answer, answer};

#[llm_span(operation = "chat", provider = "tgi", model = "llama-3", estimate = |_: &Answer| -> Usage { panic!("nothing was left out") })]
fn told() -> Answer {
    answer(1, 2)
}

#[llm_span(operation = "chat", provider = "tgi", model = "llama-3", estimate = |r| (7, r.1.unwrap_or(5)))]
fn left_out() -> Answer {
    Answer(None, Some(3))
}

#[llm_span(operation = "chat", provider = "tgi", model = "llama-3", usage = none, estimate = words)]
fn streamed(prompt: &str) -> impl Stream<Item = &'static str> + use<> {
    estimate_usage(Usage::new(prompt.split(' ').count(), None::<u32>));
    stream::iter(["two words", "and three more"])
}

fn words(chunk: &&'static str) -> Usage {
    Usage::new(None::<u32>, chunk.split(' ').count())
}

#[test]
fn what_the_provider_told_is_not_estimated() {
    let calls = testing::capture();
    told();
    calls.assert_contract();
    calls.only().assert_no_attribute("llm.usage.estimated");
}

#[test]
fn what_it_left_out_is_estimated_and_marked() {
    let calls = testing::capture();
    left_out();
    calls.assert_contract();
    let span = calls.only();
    span.assert_attribute("llm.usage.estimated", true);
    span.assert_attribute("llm.tokens.prompt", 7);
    span.assert_attribute("llm.tokens.completion", 3);
}

#[tokio::test]
async fn estimates_of_chunks_are_added_up() {
    let calls = testing::capture();
    assert_eq!(streamed("one two three four").count().await, 2);
    calls.assert_contract();
    let span = calls.only();
    span.assert_attribute("llm.usage.estimated", true);
    span.assert_attribute("llm.tokens.prompt", 4);
    span.assert_attribute("llm.tokens.completion", 5);
}

#[test]
fn counts_that_are_none_are_told_and_never_summed() {
    #[llm_span(operation = "chat", provider = "tgi", model = "llama-3", usage = |r| (-1, *r))]
    fn broken() -> i32 {
        5
    }

    let calls = testing::capture();
    broken();
    let span = calls.only();
    span.assert_attribute("llm.usage.invalid", "prompt is negative");
    span.assert_no_attribute("llm.tokens.prompt");
    span.assert_no_attribute("llm.tokens.total");
    let report = calls.check_contract().unwrap_err().to_string();
    assert!(report.contains("prompt is negative"), "{report}");
}

#[test]
fn the_completion_of_embeddings_is_no_estimate() {
    #[llm_span(operation = "embeddings", provider = "tgi", model = "bge", estimate = |_| (99, 0))]
    fn embed() -> Answer {
        Answer(Some(5), None)
    }

    let calls = testing::capture();
    embed();
    calls.assert_contract();
    calls.only().assert_no_attribute("llm.usage.estimated");
}

#[tokio::test]
async fn an_estimate_of_the_body_and_those_of_the_chunks_are_one() {
    #[llm_span(operation = "chat", provider = "tgi", model = "llama-3", usage = none, estimate = |c: &&str| (0, c.len()))]
    fn streamed() -> impl Stream<Item = &'static str> {
        estimate_usage(Usage::new(8, 0));
        stream::iter(["abc", "def"])
    }

    let calls = testing::capture();
    assert_eq!(streamed().count().await, 2);
    calls.assert_contract();
    let span = calls.only();
    span.assert_attribute("llm.tokens.prompt", 8);
    span.assert_attribute("llm.tokens.completion", 6);
}
