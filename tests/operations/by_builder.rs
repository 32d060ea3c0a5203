//! The same without the attribute.

use std::convert::Infallible;

use llm_span::{Operation, Outcome, Usage, agent, call, record_usage, testing, tool, workflow};

#[tokio::test]
async fn a_workflow_of_agents_tools_and_chats_is_one_tree() {
    let calls = testing::capture();
    let chat = || call(Operation::Chat, "openai", "gpt-4o").temperature(0.2).max_tokens(100_u32).seed(7);
    let body = async {
        chat().run_in_body(async { record_usage(Usage::new(10, 20)) }).await;
        tool("get_weather").tool_call_id("call_1").in_scope_in_body(|| 5);
    };
    let tutor = agent("tutor").sum_of_children().conversation("c-1").run_in_body(body);
    workflow("triage").run_in_body(tutor).await;

    calls.assert_contract();
    assert_eq!(calls.tokens().total, 30);
    let names: Vec<_> = calls.all().iter().map(|span| (span.name(), span.parent().map(|parent| parent.name()))).collect();
    assert_eq!(
        names,
        [
            ("invoke_workflow", None),
            ("invoke_agent", Some("invoke_workflow")),
            ("llm.completion", Some("invoke_agent")),
            ("execute_tool", Some("invoke_agent")),
        ]
    );
    let span = calls.span("llm.completion");
    span.assert_attribute("gen_ai.request.temperature", 0.2);
    span.assert_attribute("gen_ai.request.max_tokens", 100);
    span.assert_attribute("gen_ai.conversation.id", "c-1");
    calls.span("invoke_agent").assert_attribute("gen_ai.usage.output_tokens", 20);
    calls.span("execute_tool").assert_attribute("otel.name", "execute_tool get_weather");
}

#[test]
fn a_tool_that_fails_has_its_error() {
    let calls = testing::capture();
    let failed = tool("parse").in_scope_in_body(|| "x".parse::<u8>());
    assert!(failed.is_err());
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Error));
    span.assert_attribute("error.type", "ParseIntError");
}

#[tokio::test]
async fn a_tool_may_return_a_plain_value() {
    let calls = testing::capture();
    let text: String = tool("text").run_in_body(async { "sunny".to_owned() }).await;
    let list = tool("list").in_scope_in_body(|| vec![text.as_str()]);
    let pair = tool("pair").in_scope_in_body(|| (list.len(), "a"));
    assert_eq!(pair, (1, "a"));

    calls.assert_contract();
    assert_eq!(calls.count(), 3);
    assert!(calls.all().iter().all(|span| span.outcome() == Some(Outcome::Ok) && span.tokens().is_none()));
}

/// A type of one's own that has no usage.
struct Forecast(i32);

#[test]
fn a_value_of_any_type_goes_in_a_layer_that_cannot_fail() {
    let calls = testing::capture();
    let Ok(Forecast(degrees)) = tool("forecast").in_scope_in_body(|| Ok::<_, Infallible>(Forecast(21)));
    assert_eq!(degrees, 21);
    assert_eq!(calls.only().outcome(), Some(Outcome::Ok));
}

#[test]
fn the_usage_of_a_plain_value_is_what_the_closure_says() {
    let calls = testing::capture();
    let text = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(|| "four", |text| Usage::new(1, text.len()));
    assert_eq!((text, calls.tokens().total), ("four", 5));
}

mod everything {
    //! With all that the crate exports in scope, methods of one's own are not taken for its.
    use llm_span::*;

    pub(super) trait Halves {
        fn split(&self) -> u8;
    }

    impl Halves for Option<u8> {
        fn split(&self) -> u8 {
            self.unwrap_or_default() / 2
        }
    }

    pub(super) fn half(of: u8) -> u8 {
        tool("half").in_scope_in_body(|| Some(of)).split()
    }
}

#[test]
fn no_method_of_an_option_is_added_by_importing_everything() {
    assert_eq!(everything::half(8), 4);
}

#[test]
fn a_list_of_stop_sequences_is_recorded_as_an_array() {
    let calls = testing::capture();
    let chat = || call(Operation::Chat, "openai", "gpt-4o");
    for call in [chat().stop_sequences(["end", "\"stop\""]), chat().stop_sequences(Vec::<String>::new())] {
        call.enter().succeed(Usage::new(1, 1));
    }
    let all = calls.all();
    all[0].assert_attribute("gen_ai.request.stop_sequences", r#"["end","\"stop\""]"#);
    all[1].assert_no_attribute("gen_ai.request.stop_sequences");
}
