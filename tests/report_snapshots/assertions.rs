//! Assertions on spans.

use insta::assert_snapshot;
use llm_span::{
    contract::Contracts,
    testing::{Calls, CapturedSpan},
};

use crate::{capture, message, sound};

fn only(calls: &Calls) -> CapturedSpan {
    sound();
    calls.only()
}

#[test]
fn another_value() {
    let calls = capture(Contracts::default());
    let span = only(&calls);
    assert_snapshot!(message(|| span.assert_attribute("llm.model", "gpt-4")), @r#"
    attribute `llm.model` of span llm.completion is "gpt-4o", expected "gpt-4"
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok
       │ llm.provider = "openai"   llm.model = "gpt-4o"   llm.request.type = "chat"   gen_ai.system = "openai"
       │ gen_ai.request.model = "gpt-4o"   gen_ai.operation.name = "chat"   gen_ai.provider.name = "openai"
       │ llm.tokens.prompt = 128   llm.tokens.completion = 64   llm.tokens.total = 192
       ╰ gen_ai.usage.input_tokens = 128   gen_ai.usage.output_tokens = 64
    "#);
}

#[test]
fn a_key_that_was_not_recorded() {
    let calls = capture(Contracts::default());
    let span = only(&calls);
    assert_snapshot!(message(|| span.assert_attribute("llm.tokens.promt", 128)), @r#"
    attribute `llm.tokens.promt` of span llm.completion was never recorded, expected 128
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok
       │ llm.provider = "openai"   llm.model = "gpt-4o"   llm.request.type = "chat"   gen_ai.system = "openai"
       │ gen_ai.request.model = "gpt-4o"   gen_ai.operation.name = "chat"   gen_ai.provider.name = "openai"
       │ llm.tokens.prompt = 128   llm.tokens.completion = 64   llm.tokens.total = 192
       │ gen_ai.usage.input_tokens = 128   gen_ai.usage.output_tokens = 64
       ╰ help: did you mean `llm.tokens.prompt`?
    "#);
}

#[test]
fn another_parent() {
    let calls = capture(Contracts::default());
    let span = tracing::info_span!("request").in_scope(|| tracing::info_span!("agent").in_scope(|| only(&calls)));
    assert_snapshot!(message(|| span.assert_parent("request")), @r"
    span llm.completion has the parent agent, expected request
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok
       │ opened below: request → agent → llm.completion
       ╰ help: a span of that name is further up: name the span in between, or look at `ancestors()`
    ");
}

#[test]
fn another_outcome() {
    let calls = capture(Contracts::default());
    let span = only(&calls);
    assert_snapshot!(message(|| span.assert_outcome(llm_span::Outcome::Error)), @r#"
    the outcome of span llm.completion is `ok`, expected `error`
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok
       │ llm.provider = "openai"   llm.model = "gpt-4o"   llm.request.type = "chat"   gen_ai.system = "openai"
       │ gen_ai.request.model = "gpt-4o"   gen_ai.operation.name = "chat"   gen_ai.provider.name = "openai"
       │ llm.tokens.prompt = 128   llm.tokens.completion = 64   llm.tokens.total = 192
       ╰ gen_ai.usage.input_tokens = 128   gen_ai.usage.output_tokens = 64
    "#);
}

#[test]
fn more_calls_than_one() {
    let calls = capture(Contracts::default());
    sound();
    sound();
    assert_snapshot!(message(|| drop(calls.only())), @r"
    2 calls were captured, expected one
       ╭ span llm.completion closed ok at src/chat.rs:17 complete
       ╰ span llm.completion closed ok at src/chat.rs:17 complete
    ");
    assert_snapshot!(message(|| drop(calls.span("llm.completoin"))), @r"
    no span `llm.completoin` was captured
       ╭ span llm.completion closed ok at src/chat.rs:17 complete
       │ span llm.completion closed ok at src/chat.rs:17 complete
       ╰ help: did you mean `llm.completion`?
    ");
    assert_snapshot!(message(|| calls.assert_no_calls()), @r"
    2 calls were captured, expected none
       ╭ span llm.completion closed ok at src/chat.rs:17 complete
       ╰ span llm.completion closed ok at src/chat.rs:17 complete
    ");
}

#[test]
fn content_is_told_by_its_length() {
    let calls = capture(Contracts::default());
    drop(chat!(gen_ai.prompt = "Dear model, my password is hunter2.", my_question = "What is hunter2?", tenant.id = "acme"));
    let span = calls.only();
    let message = message(|| span.assert_attribute("gen_ai.prompt", "something else"));
    assert!(!message.contains("hunter2") && !format!("{span:?}").contains("hunter2"), "{message}");
    assert_snapshot!(message, @r#"
    attribute `gen_ai.prompt` of span llm.completion is (35 characters), expected (14 characters)
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok
       │ llm.provider = "openai"   llm.model = "gpt-4o"   llm.request.type = "chat"   gen_ai.system = "openai"
       │ gen_ai.request.model = "gpt-4o"   gen_ai.operation.name = "chat"   gen_ai.provider.name = "openai"
       ╰ gen_ai.prompt = (35 characters)   my_question = (16 characters)   tenant.id = "acme"
    "#);
}
