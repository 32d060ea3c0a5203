//! Closures of the user's that panic: they cost the attribute they were to give, not the response and not the usage.

use std::borrow::Cow;

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{ContentCapture, ContentMode, Outcome, Usage, llm_span, testing::CapturedSpan};

use crate::{
    asked::{Answer, Overloaded, assert_all, assert_ended},
    ledger,
};

const OUTPUT: &str = "gen_ai.output.messages";

/// Content is captured by the whole process; only the calls below have any.
fn capture_content() {
    let mask = |_: &str, text: &str| -> Cow<'static, str> {
        assert!(text != "secret", "the mask is broken");
        Cow::Owned(text.to_owned())
    };
    // A mask's lifetime is its text's.
    ContentCapture::new(ContentMode::Span).mask(move |key, text| mask(key, text)).install();
}

fn broken<T>() -> T {
    panic!("the user's closure is broken")
}

#[test]
fn a_reader_of_usage_that_panics_costs_the_usage_alone() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |_| broken::<Usage>())]
    fn ask() -> Answer {
        (128, 7)
    }

    let (ledger, calls) = ledger::open();
    assert_eq!(ask(), (128, 7));
    assert_eq!(calls.only().tokens(), None);
    assert_all(&ledger, &calls, Outcome::Ok, (0, 0));
}

#[test]
fn a_reader_of_usage_that_panics_leaves_what_the_body_has_recorded() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |_| broken::<Usage>())]
    fn ask() -> Answer {
        llm_span::record_usage(Usage::new(128, 7));
        (128, 7)
    }

    let (ledger, calls) = ledger::open();
    ask();
    assert_all(&ledger, &calls, Outcome::Ok, (128, 7));
}

#[test]
fn a_namer_of_errors_that_panics_costs_the_name_alone() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer, error_type = |_| broken::<&str>())]
    fn ask() -> Result<Answer, Overloaded> {
        llm_span::record_usage(Usage::new(128, 7));
        Err(Overloaded)
    }

    let (ledger, calls) = ledger::open();
    ask().unwrap_err();
    failed_somehow(&calls.only());
    assert_ended(&ledger, &calls, (128, 7));
}

#[tokio::test]
async fn a_namer_of_a_streams_errors_that_panics_costs_the_name_alone() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer, error_type = |_| broken::<&str>())]
    fn ask() -> impl Stream<Item = Result<Answer, Overloaded>> {
        stream::iter([Ok((128, 7)), Err(Overloaded)])
    }

    let (ledger, calls) = ledger::open();
    assert_eq!(ask().count().await, 2);
    failed_somehow(&calls.only());
    assert_ended(&ledger, &calls, (128, 7));
}

#[track_caller]
fn failed_somehow(span: &CapturedSpan) {
    span.assert_outcome(Outcome::Error);
    span.assert_attribute("error.type", "_OTHER");
}

#[test]
fn an_estimate_that_panics_leaves_what_the_provider_sent() {
    #[llm_span(
        operation = "chat",
        provider = "openai",
        model = "gpt-4o",
        usage = |answer| (answer.0, None::<u32>),
        estimate = |_| broken::<Usage>(),
    )]
    fn ask() -> Answer {
        (128, 7)
    }

    let (ledger, calls) = ledger::open();
    assert_eq!(ask(), (128, 7));
    let span = calls.only();
    span.assert_outcome(Outcome::Ok);
    span.assert_attribute("llm.tokens.prompt", 128);
    span.assert_no_attribute("llm.usage.estimated");
    assert_eq!(ledger.counted().prompt, 128);
}

#[test]
fn a_reader_of_output_that_panics_costs_the_output_alone() {
    #[llm_span(
        operation = "chat",
        provider = "openai",
        model = "gpt-4o",
        usage = |answer| *answer,
        output = |_| broken::<String>(),
    )]
    fn ask() -> Answer {
        (128, 7)
    }

    capture_content();
    let (ledger, calls) = ledger::open();
    assert_eq!(ask(), (128, 7));
    calls.only().assert_no_attribute(OUTPUT);
    assert_all(&ledger, &calls, Outcome::Ok, (128, 7));
}

#[tokio::test]
async fn a_reader_of_a_streams_output_that_panics_costs_that_chunks_output_alone() {
    #[llm_span(
        operation = "chat",
        provider = "openai",
        model = "gpt-4o",
        usage = |answer| *answer,
        output = |answer| if answer.1 == 1 { "one".to_owned() } else { broken() },
    )]
    fn ask() -> impl Stream<Item = Answer> {
        stream::iter([(128, 1), (128, 7)])
    }

    capture_content();
    let (ledger, calls) = ledger::open();
    assert_eq!(ask().count().await, 2);
    calls.only().assert_streamed(2);
    calls.only().assert_attribute(OUTPUT, "one");
    assert_all(&ledger, &calls, Outcome::Ok, (128, 7));
}

#[test]
fn a_mask_that_panics_costs_the_text_alone() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer, output = |_| output)]
    fn ask(output: &str) -> Answer {
        (128, 7)
    }

    capture_content();
    let (ledger, calls) = ledger::open();
    ask("secret");
    ask("public");
    let [masked, shown] = calls.all().try_into().unwrap();
    masked.assert_no_attribute(OUTPUT);
    shown.assert_attribute(OUTPUT, "public");
    assert_all(&ledger, &calls, Outcome::Ok, (256, 14));
}
