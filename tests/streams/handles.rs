//! Streams that can't be annotated: callbacks and types of one's own feed the call's handle.

use futures_util::{StreamExt as _, stream};
use llm_span::{OpenCall, Operation, Outcome, Report, Usage, call, llm_span, record_chunk, testing};

use crate::chunk::{Chunk, Overloaded, answer, chunks, tried};

fn stream_to(mut on_chunk: impl FnMut(&Chunk)) {
    for chunk in &answer() {
        on_chunk(chunk);
    }
}

#[test]
fn a_callback_feeds_the_call_around_it() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    fn ask() {
        stream_to(|chunk| record_chunk(Report::of(chunk)));
    }

    let calls = testing::capture();
    ask();
    calls.assert_contract();
    let span = calls.only();
    span.assert_attribute("llm.stream.chunks", 4);
    span.assert_attribute("gen_ai.response.finish_reasons", r#"["stop"]"#);
    assert_eq!(calls.tokens().total, 192);
}

struct Tokens {
    left: Vec<Chunk>,
    call: OpenCall,
}

impl Tokens {
    fn open() -> Self {
        Self { left: answer(), call: call(Operation::Chat, "openai", "gpt-4o").open() }
    }

    fn take(&mut self) -> Option<Chunk> {
        let chunk = self.left.pop()?;
        self.call.record_chunk(Report::of(&chunk));
        Some(chunk)
    }
}

#[test]
fn a_type_of_its_own_holds_the_call_open() {
    let calls = testing::capture();
    let mut tokens = Tokens::open();
    let other = std::thread::spawn(move || {
        while tokens.take().is_some() {}
        tokens
    });
    let tokens = other.join().unwrap();
    assert_eq!(calls.all()[0].outcome(), None);
    tokens.call.succeed(());
    calls.assert_contract();
    calls.only().assert_attribute("llm.stream.chunks", 4);
    assert_eq!(calls.tokens().total, 192);
}

#[test]
fn an_open_call_that_is_dropped_is_cancelled_with_what_it_had() {
    let calls = testing::capture();
    let mut tokens = Tokens::open();
    tokens.take();
    drop(tokens);
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Cancelled));
    span.assert_attribute("llm.tokens.total", 192);
}

#[test]
fn an_open_call_fails_by_its_error() {
    let calls = testing::capture();
    Tokens::open().call.fail(&Overloaded);
    calls.only().assert_attribute("error.type", "Overloaded");
}

#[test]
fn code_in_its_scope_is_a_part_of_an_open_call() {
    let calls = testing::capture();
    let mut open = call(Operation::Chat, "openai", "gpt-4o").open();
    open.in_scope(|| llm_span::record_usage(Usage::new(1, 2)));
    open.succeed(());
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 3);
}

#[tokio::test]
async fn any_stream_can_be_run_as_a_call() {
    let calls = testing::capture();
    assert_eq!(call(Operation::Chat, "openai", "gpt-4o").stream(chunks()).count().await, 4);
    assert_eq!(call(Operation::Chat, "openai", "gpt-4o").stream(tried()).count().await, 4);
    let counted = call(Operation::Chat, "openai", "gpt-4o").stream_with(stream::iter([Some(5_u32)]), |n| Usage::new(*n, *n));
    assert_eq!(counted.count().await, 1);
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 192 + 192 + 10);
}
