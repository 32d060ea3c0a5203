//! Iterators of chunks: as streams, without a runtime.

use llm_span::{Outcome, llm_span, testing};

use crate::chunk::{Chunk, Overloaded, answer};

#[llm_span(operation = "chat", provider = "ollama", model = "llama3")]
fn read() -> impl Iterator<Item = Chunk> {
    answer().into_iter()
}

#[llm_span(operation = "chat", provider = "ollama", model = "llama3", error_type = |e| e.code())]
fn tried(fails: bool) -> Result<Box<dyn Iterator<Item = Result<Chunk, Overloaded>> + Send>, Overloaded> {
    let end = if fails { Err(Overloaded) } else { Ok(Chunk::default()) };
    Ok(Box::new(answer().into_iter().map(Ok).chain([end])))
}

#[test]
fn an_iterator_keeps_its_call_open_until_its_end() {
    let calls = testing::capture();
    let mut chunks = read();
    assert_eq!(chunks.by_ref().take(4).count(), 4);
    assert_eq!(calls.all()[0].outcome(), None);
    assert_eq!(chunks.next(), None);
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 192);
    calls.only().assert_attribute("llm.stream.chunks", 4);
}

#[test]
fn an_iterator_that_is_left_is_cancelled() {
    let calls = testing::capture();
    assert_eq!(read().take(2).count(), 2);
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Cancelled));
    span.assert_attribute("llm.stream.chunks", 2);
}

#[test]
fn a_boxed_iterator_of_results_fails_by_its_errors() {
    let calls = testing::capture();
    assert_eq!(tried(true).unwrap().flatten().count(), 4);
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Error));
    span.assert_attribute("error.type", "overloaded");

    let calls = testing::capture();
    assert_eq!(tried(false).unwrap().count(), 5);
    calls.assert_contract();
}
