//! Prompts and completions are recorded where the program asks for them, masked and cut, and never otherwise.

use std::borrow::Cow;

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{ContentCapture, ContentMode, llm_span, messages, testing};

use crate::{alone, run_alone};

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    input = messages([("user", prompt)]),
    system_instructions = "Be brief.",
    output = |answer| answer.as_str(),
)]
async fn complete(prompt: &str) -> Result<String, std::io::Error> {
    Ok(format!("{prompt}!"))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, input = prompt, output = |c| *c)]
fn streamed(prompt: &str) -> impl Stream<Item = &'static str> + use<> {
    stream::iter(["Hel", "lo"])
}

#[llm_span(operation = "execute_tool", tool = "add", input = format!("{a}"), output = |sum: &u8| sum.to_string())]
fn add(a: u8) -> u8 {
    a + 1
}

const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";

#[test]
fn nothing_is_captured_unless_it_was_asked_for() {
    run_alone(async {
        let calls = testing::capture();
        complete("secret").await.unwrap();
        add(1);
        for span in calls.spans() {
            assert!(span.records().all(|(_, value)| !value.to_string().contains("secret")));
            span.assert_no_attribute(OUTPUT);
            span.assert_no_attribute("gen_ai.tool.call.result");
        }
    });
}

#[test]
fn what_is_captured_is_masked_and_cut() {
    run_alone(async {
        let mask = |_: &str, text: &str| Cow::<str>::Owned(text.replace("secret", "[…]"));
        ContentCapture::new(ContentMode::Span)
            .limit(12)
            .mask(move |key, text| Cow::Owned(mask(key, text).into_owned()))
            .install();
        let calls = testing::capture();
        complete("a secret").await.unwrap();
        let span = calls.only();
        span.assert_attribute(OUTPUT, "a […]!");
        span.assert_attribute("gen_ai.system_instructions", "Be brief.");
        span.assert_attribute(INPUT, r#"[{"role":"us…"#);
        ContentCapture::uninstall();
    });
}

#[test]
fn the_chunks_of_a_stream_are_joined() {
    run_alone(async {
        ContentCapture::new(ContentMode::Span).install();
        let calls = testing::capture();
        assert_eq!(streamed("Hi").count().await, 2);
        let span = calls.only();
        span.assert_attribute(INPUT, "Hi");
        span.assert_attribute(OUTPUT, "Hello");
        ContentCapture::uninstall();
    });
}

#[test]
fn a_tool_has_arguments_and_a_result() {
    let _alone = alone();
    ContentCapture::new(ContentMode::SpanAndEvent).install();
    let calls = testing::capture();
    add(5);
    let span = calls.only();
    span.assert_attribute("gen_ai.tool.call.arguments", "5");
    span.assert_attribute("gen_ai.tool.call.result", "6");
    ContentCapture::uninstall();
}
