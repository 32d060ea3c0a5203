//! Attributes, outcome, parent: what was recorded, with its types.

use llm_span::{
    Operation, Outcome, Usage, call,
    contract::Value,
    testing::{Tokens, capture},
};

use crate::{chat, failure};

#[test]
fn a_call_tells_all_that_was_recorded() {
    let calls = capture();
    chat();
    let span = calls.only();
    assert_eq!(span.name(), "llm.completion");
    assert_eq!(span.level(), tracing::Level::INFO);
    assert_eq!(span.operation(), Some(Operation::Chat));
    assert_eq!(span.outcome(), Some(Outcome::Ok));
    assert_eq!(span.tokens(), Some(Tokens::new(128, 64)));
    assert_eq!(span.error_type(), None);
    assert!(span.is_closed() && span.duration().is_some() && span.parent().is_none());
    assert!(span.place().expect("it stands somewhere").file.ends_with("contract_tests/main.rs"));
    span.assert_outcome(Outcome::Ok);
    span.assert_attribute("llm.model", "gpt-4o");
    span.assert_attribute("llm.tokens.total", 192);
    span.assert_no_attribute("error.type");
}

#[test]
fn values_keep_their_types_and_the_last_record_holds() {
    let calls = capture();
    let span = tracing::info_span!(
        "mine",
        text = "a",
        int = -1,
        unsigned = 7_u64,
        double = 0.5,
        flag = true,
        debug = ?Some(1),
        twice = 1
    );
    span.record("twice", 2);
    drop(span);
    let span = calls.span("mine");
    let recorded: Vec<_> = span.records().map(|(key, value)| (key, value.clone())).collect();
    let expected = [
        ("text", Value::from("a")),
        ("int", Value::Int(-1)),
        ("unsigned", Value::UInt(7)),
        ("double", Value::Double(0.5)),
        ("flag", Value::Bool(true)),
        ("debug", Value::from("Some(1)")),
        ("twice", Value::Int(1)),
        ("twice", Value::Int(2)),
    ];
    assert_eq!(recorded, expected);
    assert_eq!(span.attribute("twice"), Some(Value::Int(2)));
    assert_eq!(span.attribute("absent"), None);
}

#[test]
fn another_value_fails_with_both() {
    let calls = capture();
    chat();
    let message = failure(|| calls.only().assert_attribute("llm.model", "gpt-4"));
    assert!(message.starts_with("attribute `llm.model` of span llm.completion is \"gpt-4o\", expected \"gpt-4\"\n"), "{message}");
    assert!(message.contains("llm.provider = \"openai\""), "what was recorded is listed: {message}");
}

#[test]
fn another_type_fails_and_says_so() {
    let calls = capture();
    drop(tracing::info_span!("llm.completion", llm.tokens.prompt = 128_u64));
    let message = failure(|| calls.only().assert_attribute("llm.tokens.prompt", 128));
    assert!(message.contains("is 128 (unsigned int), expected 128 (int)"), "{message}");
    assert!(message.contains("record it as `i64`"), "{message}");
}

#[test]
fn a_misspelt_key_is_suggested_and_an_undeclared_one_explained() {
    let calls = capture();
    chat();
    let misspelt = failure(|| calls.only().assert_attribute("llm.modle", "gpt-4o"));
    assert!(misspelt.ends_with("help: did you mean `llm.model`?"), "{misspelt}");
    let empty = failure(|| calls.only().assert_attribute("gen_ai.response.id", "x"));
    assert!(empty.contains("the span declares `gen_ai.response.id`"), "{empty}");
    let undeclared = failure(|| calls.only().assert_attribute("tenant", "acme"));
    assert!(undeclared.contains("declare `tenant` where the span is opened"), "{undeclared}");
}

#[test]
fn an_attribute_that_should_not_be_there_fails() {
    let calls = capture();
    chat();
    let message = failure(|| calls.only().assert_no_attribute("llm.model"));
    assert!(message.starts_with("attribute `llm.model` of span llm.completion is \"gpt-4o\", expected none"), "{message}");
}

#[test]
fn outcomes_are_told_apart() {
    let calls = capture();
    call(Operation::Chat, "openai", "failing").enter().fail(&std::fmt::Error);
    drop(call(Operation::Chat, "openai", "dropped").enter());
    drop(tracing::info_span!("llm.completion", llm.model = "foreign", otel.status_code = "ERROR"));
    let open = tracing::info_span!("llm.completion", llm.model = "open");
    let outcomes: Vec<_> = calls.all().iter().map(|call| (call.outcome(), call.error_type())).collect();
    let error = Some("Error".to_owned());
    let expected = [(Some(Outcome::Error), error), (Some(Outcome::Cancelled), None), (Some(Outcome::Error), None), (None, None)];
    assert_eq!(outcomes, expected);
    let message = failure(|| calls.all()[3].assert_outcome(Outcome::Ok));
    assert!(message.starts_with("the outcome of span llm.completion is not recorded yet, expected `ok`"), "{message}");
    drop(open);
    let message = failure(|| calls.all()[0].assert_outcome(Outcome::Ok));
    assert!(message.starts_with("the outcome of span llm.completion is `error`, expected `ok`"), "{message}");
}

#[test]
fn a_child_knows_its_parent() {
    let calls = capture();
    tracing::info_span!("request").in_scope(|| {
        let retry = call(Operation::InvokeAgent, "openai", "gpt-4o").enter();
        chat();
        retry.succeed(Usage::new(128, 64));
    });
    tracing::info_span!("request.other").in_scope(|| {});
    let chat = calls.span("llm.completion");
    chat.assert_parent("invoke_agent");
    chat.assert_child_of(&calls.span("invoke_agent"));
    let names: Vec<_> = chat.ancestors().map(|span| span.name()).collect();
    assert_eq!(names, ["invoke_agent", "request"]);

    let message = failure(|| chat.assert_parent("request"));
    assert!(message.starts_with("span llm.completion has the parent invoke_agent, expected request"), "{message}");
    assert!(message.contains("opened below: request → invoke_agent → llm.completion"), "{message}");
    assert!(message.contains("further up"), "{message}");
    let message = failure(|| chat.assert_child_of(&calls.span("request.other")));
    assert!(!message.contains("further up"), "{message}");
}

#[test]
fn a_span_of_another_capture_is_no_parent() {
    let calls = capture();
    let outer = tracing::info_span!("outer").entered();
    let inner = capture();
    chat();
    assert!(inner.only().parent().is_none());
    calls.span("llm.completion").assert_parent("outer");
    drop(outer);
    let message = failure(|| inner.only().assert_child_of(&calls.span("outer")));
    assert!(message.starts_with("span llm.completion has no parent, expected outer"), "{message}");
}
