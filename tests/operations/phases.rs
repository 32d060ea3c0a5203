//! The phases of the AMTP document: parts of a call, never checked and never counted.

use llm_span::{inference, llm_span, response_parse, testing};

use crate::support::{Answer, answer};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn complete() -> Result<Answer, std::num::ParseIntError> {
    let raw = inference(async { "128 64" }).await;
    response_parse(|| {
        let (prompt, completion) = raw.split_once(' ').unwrap_or_default();
        Ok(answer(prompt.parse()?, completion.parse()?))
    })
}

#[tokio::test]
async fn the_whole_tree_counts_its_tokens_once() {
    let calls = testing::capture();
    complete().await.unwrap();
    calls.assert_contract();
    let tokens = calls.tokens();
    assert_eq!((tokens.prompt, tokens.completion, tokens.total), (128, 64, 192));
    let names: Vec<_> = calls.spans().iter().map(|span| (span.name(), span.parent().map(|parent| parent.name()))).collect();
    let completion = Some("llm.completion");
    assert_eq!(names, [("llm.completion", None), ("llm.inference", completion), ("llm.response.parse", completion)]);
}
