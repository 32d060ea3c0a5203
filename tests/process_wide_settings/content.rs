//! Prompts and completions are recorded where the program asks for them, masked and cut, and never otherwise.

use std::borrow::Cow;

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{ContentCapture, ContentMode, Operation, Report, call, current_call, llm_span, messages, record_usage, testing};

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

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| Report::default().output(*c))]
fn told_by_chunks() -> impl Iterator<Item = &'static str> + std::fmt::Debug {
    ["SECRET", ""].into_iter()
}

/// What is shown of a call that records an output, of a stream that has yielded one, of a call held open.
fn shown() -> [String; 3] {
    let _calls = testing::capture();
    let body = || {
        record_usage(Report::default().output("SECRET"));
        format!("{:?}", current_call())
    };
    let handle = call(Operation::Chat, "openai", "gpt-4o").in_scope_in_body(body);
    let mut stream = told_by_chunks();
    assert_eq!(stream.next(), Some("SECRET"));
    let open = call(Operation::Chat, "openai", "gpt-4o").open();
    open.record_chunk(Report::default().output("SECRET"));
    [handle, format!("{stream:?}"), format!("{:?}", open.handle())]
}

#[test]
fn no_text_is_kept_unless_it_is_captured() {
    let _alone = alone();
    ContentCapture::uninstall();
    let mut report = Report::default();
    report.update(Report::default().output("SECRET"));
    assert_eq!(report.output, None);
    assert!(shown().iter().all(|shown| shown.contains("output_bytes: None")), "{:?}", shown());
}

#[test]
fn a_text_that_is_captured_is_not_shown_by_debug() {
    let _alone = alone();
    ContentCapture::new(ContentMode::Span).install();
    for shown in shown() {
        assert!(!shown.contains("SECRET") && shown.contains("output_bytes: Some(6)"), "{shown}");
    }
    ContentCapture::uninstall();
}

#[test]
fn a_text_grows_up_to_its_limit_and_no_further() {
    let _alone = alone();
    ContentCapture::new(ContentMode::Event).install();
    let limit = 1024 * 1024;
    let mut report = Report::default();
    report.update(Report::default().output("a"));
    for _ in 0..3 {
        report.update(Report::default().output("ü".repeat(limit)));
    }
    let length = report.output.map(|text| text.len());
    assert_eq!(length, Some(limit - 1), "half a character is not kept");
    ContentCapture::uninstall();
}
