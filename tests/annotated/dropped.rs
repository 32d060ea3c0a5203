//! What an asynchronous body drops when it is cancelled is dropped as a part of the call; and what a future of a call is made of.

use std::{
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use llm_span::{Usage, current_call, llm_span, record_usage};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::recorder::{Recorder, record};

/// Logs and records when it is dropped.
struct Connection(u32);

impl Drop for Connection {
    fn drop(&mut self) {
        tracing::info!("closed");
        record_usage(Usage::new(self.0, 1));
    }
}

/// Polls a future once, and drops it.
fn cancel(future: impl Future) {
    let mut future = pin!(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[llm_span(operation = "chat", provider = "openai", model = model, usage = in_body)]
async fn connected(model: &str, used: u32) -> u32 {
    let _connection = Connection(used);
    pending::<()>().await;
    used
}

#[test]
fn a_cancelled_body_is_dropped_inside_its_span_and_as_its_call() {
    let (spans, _guard) = record();
    cancel(connected("m", 7));
    let span = spans.only();
    assert_eq!((span.outcome(), span.events.as_slice(), span.tokens()), ("cancelled", &["closed".to_owned()][..], (7, 1, 8)));
    assert!(span.closed && tracing::Span::current().is_none() && !current_call().is_open());
}

#[test]
fn a_cancelled_body_with_calls_in_it_ends_them_first() {
    #[llm_span(operation = "chat", provider = "openai", model = "outer", usage = in_body)]
    async fn outer() {
        let _connection = Connection(3);
        connected("inner", 5).await;
    }

    let (spans, _guard) = record();
    cancel(outer());
    assert_eq!(spans.of_model("inner").tokens(), (5, 1, 6));
    assert_eq!(spans.of_model("inner").parent, Some("llm.completion"));
    assert_eq!(spans.of_model("outer").tokens(), (3, 1, 4));
    assert!(!current_call().is_open());
}

#[llm_span(operation = "chat", provider = "openai", model = "hidden", usage = in_body, level = "trace")]
async fn hidden() {
    let _connection = Connection(100);
    pending::<()>().await;
}

#[llm_span(operation = "chat", provider = "openai", model = "visible", usage = in_body)]
fn around_hidden() {
    record_usage(Usage::new(1, 2));
    cancel(hidden());
    assert!(current_call().is_open());
}

#[test]
fn what_a_hidden_call_records_when_it_is_cancelled_does_not_end_on_the_outer_one() {
    llm_span::testing::keep_callsites_open();
    let spans = Recorder::default();
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()).with(filter));
    around_hidden();
    assert_eq!(spans.only().tokens(), (1, 2, 3));
}

#[test]
fn a_call_that_another_ones_panic_cancels_has_not_panicked() {
    let (spans, _guard) = record();
    let left = catch_unwind(AssertUnwindSafe(|| {
        let mut future = pin!(connected("m", 7));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::panic::panic_any("another one's");
    }));
    assert!(left.is_err());
    assert_eq!((spans.only().outcome(), spans.only().tokens()), ("cancelled", (7, 1, 8)));
}

#[test]
fn a_body_that_panics_is_a_panic_and_leaves_nothing_on_the_thread() {
    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
    async fn panics() {
        let _connection = Connection(7);
        tokio::task::yield_now().await;
        std::panic::panic_any("its own");
    }

    let (spans, _guard) = record();
    let left = catch_unwind(AssertUnwindSafe(|| {
        let mut future = pin!(panics());
        let mut context = Context::from_waker(Waker::noop());
        while future.as_mut().poll(&mut context).is_pending() {}
    }));
    assert!(left.is_err());
    assert_eq!((spans.only().outcome(), spans.only().tokens()), ("panic", (7, 1, 8)));
    assert!(tracing::Span::current().is_none() && !current_call().is_open());
}

/// A thousand bytes over an await.
async fn large() -> u8 {
    let bytes = [1_u8; 1000];
    tokio::task::yield_now().await;
    bytes[999]
}

#[llm_span(operation = "chat", provider = "openai", model = model, usage = none)]
async fn around_large(model: &str) -> u8 {
    large().await
}

#[test]
fn the_future_of_a_call_holds_its_body_once() {
    let (bare, ours) = (size_of_val(&large()), size_of_val(&around_large("m")));
    assert!(ours <= bare + 256, "{bare} bytes have become {ours}");
}

/// The values may be read of references that the body and the closures use, too, and named as fields are.
#[llm_span(operation = "chat", provider = "openai", model = request.model, fields(prompt.length = prompt.len()), usage = |_| (prompt.len(), 1_usize))]
async fn referred(request: &Named<'_>, prompt: &str, model: &str) -> String {
    tokio::task::yield_now().await;
    format!("{}{prompt}{model}", request.model)
}

struct Named<'a> {
    model: &'a str,
}

#[tokio::test]
async fn what_is_read_of_a_reference_leaves_it_to_the_body_and_to_the_closures() {
    let (spans, _guard) = record();
    let future = referred(&Named { model: "a" }, "bcd", "e");
    let answer = assert_send(future).await;
    assert_eq!(answer, "abcde");
    assert_eq!((spans.only().text("llm.model"), spans.only().tokens()), ("a", (3, 1, 4)));
}

fn assert_send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn a_future_that_was_ready_is_dropped_without_a_word() {
    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
    async fn ready() -> u8 {
        5
    }

    let (spans, _guard) = record();
    let mut future = Box::pin(ready());
    assert_eq!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(5));
    assert_eq!((spans.only().outcome(), spans.only().closed), ("ok", true));
    drop(future);
    assert_eq!(spans.only().outcome(), "ok");
}
