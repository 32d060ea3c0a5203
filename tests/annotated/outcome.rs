//! How a call ended: ok, error, cancelled, panic.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use llm_span::llm_span;

use crate::recorder::record;

#[derive(Debug)]
#[expect(dead_code, reason = "read by its `Debug` only")]
enum ApiError {
    RateLimited,
    Refused(String),
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret: {self:?}")
    }
}

impl std::error::Error for ApiError {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
fn fails() -> Result<(), ApiError> {
    Err(ApiError::Refused("the prompt was: secret".to_owned()))
}

#[test]
fn an_error_is_named_by_its_type_and_its_text_is_not_recorded() {
    let (spans, _guard) = record();
    fails().unwrap_err();
    let span = spans.only();
    assert_eq!((span.outcome(), span.text("error.type"), span.text("otel.status_code")), ("error", "ApiError", "ERROR"));
    assert!(!format!("{span:?}").contains("secret"));
}

impl ApiError {
    const fn code(&self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::Refused(_) => "refused",
        }
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, error_type = |error| error.code())]
async fn named_by_closure() -> Result<(), ApiError> {
    Err(ApiError::RateLimited)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, error_type = |error| -> String {
    if let ApiError::RateLimited = error {
        return "limited".to_owned();
    }
    format!("{error:?}")
})]
async fn named_by_leaving() -> Result<(), ApiError> {
    Err(ApiError::RateLimited)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, error_type = ApiError::code)]
async fn named_by_path() -> Result<(), ApiError> {
    Err(ApiError::RateLimited)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, error_type = |error: &ApiError| format!("{}!", error.code()))]
async fn named_by_owned_text() -> Result<(), ApiError> {
    Err(ApiError::RateLimited)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
async fn boxed() -> Result<(), Box<dyn std::error::Error>> {
    Err(ApiError::RateLimited)?
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, error_type = |error| if error.code().is_empty() { "" } else { panic!("in the closure") })]
async fn named_by_panic() -> Result<(), ApiError> {
    Err(ApiError::RateLimited)
}

#[tokio::test]
async fn an_error_type_can_be_told() {
    let (spans, _guard) = record();
    named_by_closure().await.unwrap_err();
    named_by_path().await.unwrap_err();
    named_by_leaving().await.unwrap_err();
    named_by_owned_text().await.unwrap_err();
    boxed().await.unwrap_err();
    named_by_panic().await.unwrap_err();
    let all = spans.spans();
    let types: Vec<_> = all.iter().map(|span| span.text("error.type")).collect();
    assert_eq!(types, ["rate_limited", "rate_limited", "limited", "rate_limited!", "_OTHER", "_OTHER"]);
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = |tokens: &u32| (*tokens, 0))]
fn cached() -> Option<u32> {
    None
}

#[test]
fn none_is_a_success_without_a_response() {
    let (spans, _guard) = record();
    cached();
    let span = spans.only();
    assert_eq!(span.outcome(), "ok");
    assert!(!span.has("llm.tokens.prompt") && !span.has("error.type") && !span.has("otel.status_code"));
}

#[llm_span(operation = "chat", provider = "openai", model = "sync", usage = none)]
fn panics() {
    panic!("secret");
}

#[llm_span(operation = "chat", provider = "openai", model = "async", usage = none)]
async fn panics_late() {
    tokio::task::yield_now().await;
    panic!("secret");
}

#[llm_span(operation = "chat", provider = "openai", model = "never", usage = none)]
fn never_returns() -> ! {
    panic!("secret")
}

#[llm_span(operation = "chat", provider = "openai", model = "never", usage = none)]
async fn never_returns_late() -> ! {
    tokio::task::yield_now().await;
    panic!("secret")
}

#[tokio::test]
async fn a_panic_is_told_from_an_error() {
    let (spans, _guard) = record();
    catch_unwind(panics).unwrap_err();
    let _ = catch_unwind(|| never_returns()).unwrap_err();
    let mut future = Box::pin(panics_late());
    std::future::poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))).unwrap_err();
        std::task::Poll::Ready(())
    })
    .await;
    drop(future);
    tokio::task::LocalSet::new()
        .run_until(async { tokio::task::spawn_local(async { never_returns_late().await }).await.unwrap_err() })
        .await;
    let all = spans.spans();
    assert_eq!(all.len(), 4);
    for span in all {
        assert_eq!((span.outcome(), span.text("error.type"), span.text("otel.status_code")), ("panic", "panic", "ERROR"));
        assert!(span.closed && !format!("{span:?}").contains("secret"));
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "slow", usage = none)]
async fn slow() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_cancels_the_call_and_is_no_failure() {
    let (spans, _guard) = record();
    tokio::time::timeout(Duration::from_millis(5), slow()).await.unwrap_err();
    let span = spans.only();
    assert_eq!(span.outcome(), "cancelled");
    assert!(span.closed && !span.has("otel.status_code") && !span.has("error.type"));
}

#[tokio::test]
async fn the_neighbour_of_a_panicking_future_was_cancelled() {
    let (spans, _guard) = record();
    let joined = AssertUnwindSafe(async { tokio::join!(slow(), panics_late()) });
    let mut joined = Box::pin(joined.0);
    std::future::poll_fn(|context| {
        assert!(joined.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    catch_unwind(AssertUnwindSafe(move || {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = joined.as_mut().poll(&mut context);
    }))
    .unwrap_err();
    assert_eq!(spans.of_model("slow").outcome(), "cancelled");
    assert_eq!(spans.of_model("async").outcome(), "panic");
}

#[test]
fn a_future_dropped_before_its_first_poll_is_no_call() {
    let (spans, _guard) = record();
    drop(slow());
    assert!(spans.spans().is_empty());
}

fn failure<T>() -> Result<T, ApiError> {
    Err(ApiError::RateLimited)
}

#[llm_span(operation = "chat", provider = "openai", model = "timeout", error_type = |error| error.code(), usage = |tokens: &u32| (*tokens, 0))]
async fn in_time(answer: Result<u32, ApiError>) -> Result<Result<u32, ApiError>, tokio::time::error::Elapsed> {
    tokio::time::timeout(Duration::from_secs(1), async { answer }).await
}

#[llm_span(operation = "chat", provider = "openai", model = "late", usage = none)]
async fn too_late() -> Result<Result<u32, ApiError>, tokio::time::error::Elapsed> {
    tokio::time::timeout(Duration::from_millis(1), std::future::pending()).await
}

#[llm_span(operation = "chat", provider = "openai", model = "option", usage = none)]
fn of_an_option() -> Option<Result<u32, ApiError>> {
    Some(failure())
}

#[llm_span(operation = "chat", provider = "openai", model = "item", usage = none)]
fn of_three() -> Result<Option<Result<u32, ApiError>>, fmt::Error> {
    Ok(Some(failure()))
}

#[llm_span(operation = "chat", provider = "openai", model = "response", usage = |tokens: &u32| (*tokens, 1))]
fn a_response_of_three() -> Option<Result<Option<u32>, ApiError>> {
    Some(Ok(Some(4)))
}

#[tokio::test(start_paused = true)]
async fn an_error_in_any_layer_is_one() {
    let (spans, _guard) = record();
    in_time(failure()).await.unwrap().unwrap_err();
    too_late().await.unwrap_err();
    of_an_option().unwrap().unwrap_err();
    of_three().unwrap().unwrap().unwrap_err();
    let expected = [("timeout", "rate_limited"), ("late", "Elapsed"), ("option", "ApiError"), ("item", "ApiError")];
    for (model, error) in expected {
        let span = spans.of_model(model);
        assert_eq!((span.outcome(), span.text("error.type")), ("error", error), "{model}");
    }
}

#[tokio::test]
async fn a_response_in_layers_tells_its_usage() {
    let (spans, _guard) = record();
    in_time(Ok(5)).await.unwrap().unwrap();
    a_response_of_three();
    assert_eq!((spans.of_model("timeout").outcome(), spans.of_model("timeout").tokens()), ("ok", (5, 0, 5)));
    assert_eq!((spans.of_model("response").outcome(), spans.of_model("response").tokens()), ("ok", (4, 1, 5)));
}

/// Panics when it is dropped outside of a panic.
struct Evil;

impl Drop for Evil {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "the payload is dropped");
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = |_| -> llm_span::Usage { std::panic::panic_any(Evil) })]
fn told_by_evil() -> u32 {
    5
}

#[test]
fn a_panic_in_a_closure_stays_there_whatever_it_carries() {
    let (spans, _guard) = record();
    assert_eq!(told_by_evil(), 5);
    assert_eq!(spans.only().outcome(), "ok");
}
