//! Which call the body's records go to.

use std::future::Future as _;

use llm_span::{Usage, current_call, llm_span, record_usage};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::recorder::record;

#[llm_span(operation = "chat", provider = "openai", model = "inner", usage = in_body)]
async fn inner() {
    record_usage(Usage::new(1, 1));
    tokio::task::yield_now().await;
}

#[llm_span(operation = "chat", provider = "openai", model = "outer", usage = in_body)]
async fn outer() {
    record_usage(Usage::new(5, 5));
    inner().await;
    tokio::join!(inner(), inner());
}

#[tokio::test]
async fn each_call_gets_its_own() {
    let (spans, _guard) = record();
    outer().await;
    assert_eq!(spans.of_model("outer").tokens(), (5, 5, 10));
    let inner: Vec<_> = spans.spans().into_iter().filter(|span| span.text("llm.model") == "inner").collect();
    assert_eq!(inner.len(), 3);
    assert!(inner.iter().all(|span| span.tokens() == (1, 1, 2) && span.parent == Some("llm.completion")));
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
async fn in_a_child() {
    async {
        tokio::task::yield_now().await;
        record_usage(Usage::new(3, 4));
        tracing::info!("inside");
    }
    .instrument(tracing::info_span!("child"))
    .await;
}

#[tokio::test]
async fn a_child_span_does_not_swallow_what_the_body_records() {
    let (spans, _guard) = record();
    in_a_child().await;
    assert_eq!(spans.of_model("m").tokens(), (3, 4, 7));
}

#[llm_span(operation = "chat", provider = "openai", model = "hidden", usage = in_body, level = "trace")]
fn hidden() {
    record_usage(Usage::new(100, 100));
}

#[llm_span(operation = "chat", provider = "openai", model = "visible", usage = in_body)]
fn around_hidden() {
    record_usage(Usage::new(1, 2));
    hidden();
}

#[test]
fn what_a_hidden_call_records_does_not_end_on_the_outer_one() {
    use tracing_subscriber::layer::SubscriberExt as _;
    llm_span::testing::keep_callsites_open();
    let spans = crate::recorder::Recorder::default();
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    // The filter stands above the recorder, and hides the inner call from all.
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()).with(filter));
    around_hidden();
    assert_eq!(spans.only().tokens(), (1, 2, 3));
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
fn handle() -> llm_span::CallHandle {
    let call = current_call();
    call.record_usage(Usage::new(1, 1));
    call
}

#[test]
fn a_handle_outlives_its_call_and_changes_nothing_then() {
    let (spans, _guard) = record();
    let call = handle();
    assert!(!call.is_open());
    call.record_usage(Usage::new(9, 9));
    assert_eq!(spans.only().tokens(), (1, 1, 2));
    assert!(!current_call().is_open());
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
async fn logs() {
    tracing::info!("before");
    tokio::task::yield_now().await;
    tracing::info!("after");
}

#[tokio::test]
async fn the_body_runs_inside_the_span_in_every_poll() {
    let (spans, _guard) = record();
    logs().await;
    assert_eq!(spans.only().events, ["before", "after"]);
    assert!(tracing::Span::current().is_none());
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
async fn detaches() -> tokio::task::JoinHandle<()> {
    record_usage(Usage::new(1, 1));
    tokio::spawn(tokio::time::sleep(std::time::Duration::from_secs(3600)).in_current_span())
}

#[tokio::test(start_paused = true)]
async fn a_call_is_over_when_it_returns_whatever_it_left_running() {
    let (spans, _guard) = record();
    let task = detaches().await;
    assert_eq!((spans.only().outcome(), spans.only().tokens(), spans.only().closed), ("ok", (1, 1, 2), false));
    task.abort();
}

#[llm_span(operation = "chat", provider = "openai", model = "told", usage = |answer: &u32| {
    llm_span::record_response(llm_span::Response::default().model("told-2024"));
    Usage::new(*answer, *answer)
}, error_type = |error: &std::io::Error| {
    llm_span::record_model("told-by-error");
    format!("{:?}", error.kind())
})]
fn told(answer: std::io::Result<u32>) -> std::io::Result<u32> {
    answer
}

#[llm_span(operation = "chat", provider = "openai", model = "outer", usage = in_body)]
fn around_told() {
    told(Ok(1)).unwrap();
    told(Err(std::io::ErrorKind::Other.into())).unwrap_err();
    let guard = llm_span::call(llm_span::Operation::Chat, "openai", "built").enter();
    guard.finish(&Some(Recording));
}

/// Records while it is asked.
struct Recording;

impl llm_span::ReportUsage for Recording {
    fn usage(&self) -> Option<Usage> {
        llm_span::record_response(llm_span::Response::default().model("built-2024"));
        Some(Usage::new(2, 2))
    }
}

#[test]
fn what_is_recorded_while_a_response_is_asked_is_of_its_call() {
    let (spans, _guard) = record();
    around_told();
    assert_eq!(spans.of_model("told").text("gen_ai.response.model"), "told-2024");
    assert_eq!(spans.of_model("told-by-error").text("error.type"), "Other");
    assert_eq!(spans.of_model("built").text("gen_ai.response.model"), "built-2024");
    assert_eq!(spans.of_model("built").tokens(), (2, 2, 4));
    assert!(!spans.of_model("outer").has("gen_ai.response.model"));
}

#[llm_span(operation = "chat", provider = "openai", model = "maker", usage = in_body)]
fn opens() -> llm_span::CallGuard {
    let guard = llm_span::call(llm_span::Operation::Chat, "openai", "opened").enter();
    llm_span::record_model("opened-in-body");
    guard
}

#[llm_span(operation = "chat", provider = "openai", model = "around", usage = in_body)]
fn around_opened() {
    let guard = opens();
    record_usage(Usage::new(7, 7));
    guard.succeed(None::<Usage>);
    record_usage(Usage::new(3, 3));
}

#[test]
fn a_guard_outlives_the_function_that_opened_it() {
    let (spans, _guard) = record();
    around_opened();
    assert_eq!(spans.of_model("opened-in-body").tokens(), (7, 7, 14));
    assert_eq!(spans.of_model("around").tokens(), (3, 3, 6));
    assert_eq!(spans.of_model("maker").outcome(), "ok");
    assert!(!current_call().is_open());
}

#[llm_span(operation = "chat", provider = "openai", model = "careless", usage = in_body)]
async fn careless() {
    let guard = opens();
    tokio::task::yield_now().await;
    record_usage(Usage::new(1, 1));
    guard.succeed(Usage::new(2, 2));
}

#[test]
fn a_guard_held_across_an_await_is_gone_from_the_thread_between_polls() {
    let (spans, _guard) = record();
    let mut future = Box::pin(careless());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert!(!current_call().is_open());
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert!(!current_call().is_open());
    assert_eq!(spans.of_model("careless").tokens(), (1, 1, 2));
    assert_eq!(spans.of_model("opened-in-body").tokens(), (2, 2, 4));
}

#[llm_span(operation = "chat", provider = "openai", model = "hidden", usage = in_body, level = "trace")]
fn hidden_handle() -> llm_span::CallHandle {
    llm_span::current_call()
}

#[llm_span(operation = "chat", provider = "openai", model = "inner", level = "trace", usage = none)]
fn hidden_around_a_chat() {
    llm_span::call(llm_span::Operation::Chat, "openai", "seen").in_scope_with(|| Some(()), |()| Usage::new(128, 64));
}

#[llm_span(operation = "invoke_agent", agent = "tutor", usage = children)]
fn sums_through_a_hidden_call() {
    let handle = hidden_handle();
    ::futures_util::FutureExt::now_or_never(handle.run(async { record_usage(Usage::new(777, 777)) }));
    hidden_around_a_chat();
}

#[test]
fn what_is_hidden_passes_on_what_is_below_it_and_nothing_of_its_own() {
    let spans = crate::recorder::Recorder::default();
    llm_span::testing::keep_callsites_open();
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()).with(filter));
    sums_through_a_hidden_call();
    let agent = spans.spans().into_iter().find(|span| span.metadata.name() == "invoke_agent").unwrap();
    assert_eq!((agent.int("gen_ai.usage.input_tokens"), agent.int("gen_ai.usage.output_tokens")), (128, 64));
}
