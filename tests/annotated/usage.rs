//! Where the usage can be: in the response's type, in a closure, in a function, in the body, nowhere.

use llm_span::{Usage, current_call, llm_span, record_model, record_response, record_usage};

use crate::recorder::record;

struct Reply {
    input: u32,
    output: Option<u64>,
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = |reply| Usage::new(reply.input, reply.output))]
fn closure(output: Option<u64>) -> Result<Reply, String> {
    Ok(Reply { input: 1, output })
}

#[test]
fn a_closure_sees_the_response_without_its_result() {
    let (spans, _guard) = record();
    closure(Some(2)).unwrap();
    assert_eq!(spans.only().tokens(), (1, 2, 3));
}

#[test]
fn a_count_that_was_not_sent_is_absent_not_zero() {
    let (spans, _guard) = record();
    closure(None).unwrap();
    let span = spans.only();
    assert_eq!(span.int("llm.tokens.prompt"), 1);
    assert!(!span.has("llm.tokens.completion") && !span.has("llm.tokens.total"));
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = |reply| {
    let output = reply.output?;
    if output == 0 {
        return None;
    }
    Some(Usage::new(reply.input, output))
})]
fn leaving(output: Option<u64>) -> Reply {
    Reply { input: 1, output }
}

#[test]
fn a_closure_may_leave_early() {
    let (spans, _guard) = record();
    leaving(None);
    leaving(Some(0));
    leaving(Some(2));
    let all = spans.spans();
    let told: Vec<_> = all.iter().map(|span| span.has("llm.tokens.total")).collect();
    assert_eq!(told, [false, false, true]);
}

fn pair(reply: &Reply) -> (u32, Option<u64>) {
    (reply.input, reply.output)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = pair)]
fn function() -> Option<Reply> {
    Some(Reply { input: 3, output: Some(4) })
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = self::pair)]
async fn path() -> std::io::Result<Reply> {
    Ok(Reply { input: 5, output: Some(6) })
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = |text: &String| -> Option<Usage> { text.parse::<u32>().ok().map(Usage::input_only) })]
fn typed() -> String {
    "7".to_owned()
}

#[tokio::test]
async fn a_path_is_a_function_of_the_response() {
    let (spans, _guard) = record();
    function();
    path().await.unwrap();
    typed();
    let tokens: Vec<_> = spans.spans().iter().map(super::recorder::Span::tokens).collect();
    assert_eq!(tokens, [(3, 4, 7), (5, 6, 11), (7, 0, 7)]);
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = |number| Usage::input_only(number.checked_sub(6).unwrap()))]
fn faulty() -> u8 {
    5
}

#[test]
fn a_closure_that_panics_costs_the_usage_and_not_the_response() {
    let (spans, _guard) = record();
    assert_eq!(faulty(), 5);
    let span = spans.only();
    assert_eq!(span.outcome(), "ok");
    assert!(!span.has("llm.tokens.prompt"));
}

#[llm_span(operation = "chat", provider = "openai", model = in_body, usage = in_body)]
async fn in_body() {
    record_model("told-later");
    record_usage(Usage::new(1, 1));
    tokio::task::yield_now().await;
    record_usage(Usage::new(10, 5).cache_read(4).cache_write(3).reasoning(2));
    record_response(llm_span::Response::default().model("gpt-4o-2024-08-06").id("chatcmpl-1").finish_reason("stop"));
}

#[tokio::test]
async fn the_body_can_tell_and_its_last_word_counts() {
    let (spans, _guard) = record();
    in_body().await;
    let span = spans.only();
    assert_eq!(span.tokens(), (10, 5, 15));
    for (key, value) in [
        ("gen_ai.usage.cache_read.input_tokens", 4),
        ("gen_ai.usage.cache_creation.input_tokens", 3),
        ("gen_ai.usage.cache_write.input_tokens", 3),
        ("gen_ai.usage.reasoning.output_tokens", 2),
    ] {
        assert_eq!(span.int(key), value, "{key}");
    }
    for (key, value) in [
        ("llm.model", "told-later"),
        ("gen_ai.request.model", "told-later"),
        ("gen_ai.response.model", "gpt-4o-2024-08-06"),
        ("gen_ai.response.id", "chatcmpl-1"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
    ] {
        assert_eq!(span.text(key), value, "{key}");
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
async fn spawned() {
    let call = current_call();
    tokio::spawn(async move { call.record_usage(Usage::new(8, 9)) }).await.unwrap();
    let call = current_call();
    std::thread::spawn(move || call.record_model("of-a-thread")).join().unwrap();
}

#[tokio::test]
async fn tasks_and_threads_tell_through_a_handle() {
    let (spans, _guard) = record();
    spawned().await;
    assert_eq!(spans.only().tokens(), (8, 9, 17));
    assert_eq!(spans.only().text("llm.model"), "of-a-thread");
}

#[llm_span(operation = "embeddings", provider = "openai", model = "m", usage = |tokens| Usage::new(*tokens, None::<u32>))]
fn embeddings() -> u32 {
    9
}

#[llm_span(operation = "retrieval", provider = "cohere", model = "rerank-3", usage = none)]
fn retrieval() {}

#[test]
fn tokens_are_those_of_the_operation() {
    let (spans, _guard) = record();
    embeddings();
    retrieval();
    let [embedded, retrieved] = <[_; 2]>::try_from(spans.spans()).unwrap();
    assert_eq!(
        (embedded.metadata.name(), embedded.text("llm.request.type"), embedded.tokens()),
        ("embeddings", "embedding", (9, 0, 9))
    );
    assert_eq!((retrieved.metadata.name(), retrieved.text("llm.request.type")), ("retrieval", "rerank"));
    assert!(!retrieved.has("llm.tokens.total"));
}
