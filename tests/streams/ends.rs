//! How a stream ends, and what is recorded then: once, with the outcome, the usage it had, the chunks that came.

use std::{future::poll_fn, panic::AssertUnwindSafe, pin::pin, task::Poll};

use futures_util::{
    FutureExt as _, Stream, StreamExt as _, TryStream, TryStreamExt as _,
    stream::{self, BoxStream},
};
use llm_span::{Outcome, llm_span, testing};

use crate::chunk::{Chunk, Overloaded, answer, text, usage};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e| e.code())]
fn of(items: Vec<Result<Chunk, Overloaded>>) -> Result<impl Stream<Item = Result<Chunk, Overloaded>>, Overloaded> {
    if items.is_empty() { Err(Overloaded) } else { Ok(stream::iter(items)) }
}

fn all_ok() -> Vec<Result<Chunk, Overloaded>> {
    answer().into_iter().map(Ok).collect()
}

#[tokio::test]
async fn the_span_stays_open_until_the_last_item() {
    let calls = testing::capture();
    let mut stream = pin!(of(all_ok()).unwrap());
    for _ in 0..4 {
        assert!(stream.next().await.is_some());
        assert_eq!(calls.all()[0].outcome(), None);
    }
    assert_eq!(stream.next().await, None);
    assert_eq!(calls.only().outcome(), Some(Outcome::Ok));
    calls.assert_contract();
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_cancelled_and_keeps_the_usage_it_had() {
    let calls = testing::capture();
    let mut stream = Box::pin(of(vec![Ok(text("a")), Ok(usage(128, 1)), Ok(text("b")), Ok(usage(128, 64))]).unwrap());
    assert!(stream.next().await.is_some() && stream.next().await.is_some());
    drop(stream);
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Cancelled));
    span.assert_attribute("llm.tokens.completion", 1);
    span.assert_attribute("llm.stream.chunks", 2);
    span.assert_no_attribute("error.type");
    assert!(span.is_closed());
}

#[tokio::test]
async fn a_stream_that_was_never_polled_is_cancelled_without_a_first_chunk() {
    let calls = testing::capture();
    drop(of(all_ok()));
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Cancelled));
    span.assert_attribute("llm.stream.chunks", 0);
    span.assert_no_attribute("gen_ai.response.time_to_first_chunk");
}

#[tokio::test]
async fn an_error_after_chunks_fails_the_call_with_what_came_before() {
    let calls = testing::capture();
    let items = vec![Ok(text("a")), Ok(usage(128, 7)), Err(Overloaded)];
    assert_eq!(of(items).unwrap().count().await, 3);
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Error));
    span.assert_attribute("error.type", "overloaded");
    span.assert_attribute("llm.stream.chunks", 2);
    span.assert_attribute("llm.tokens.completion", 7);
}

#[tokio::test]
async fn a_stream_that_is_dropped_after_an_error_has_failed() {
    let calls = testing::capture();
    let mut stream = Box::pin(of(vec![Ok(text("a")), Err(Overloaded), Ok(text("b"))]).unwrap());
    while stream.next().await.unwrap().is_ok() {}
    drop(stream);
    assert_eq!(calls.only().outcome(), Some(Outcome::Error));
}

#[tokio::test]
async fn an_error_in_the_place_of_the_stream_fails_the_call() {
    let calls = testing::capture();
    assert!(of(Vec::new()).is_err());
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Error));
    span.assert_attribute("error.type", "overloaded");
    span.assert_no_attribute("llm.stream.chunks");
}

#[tokio::test]
async fn a_panic_while_it_is_polled_is_a_panic_and_keeps_the_usage() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
    fn panics() -> impl Stream<Item = Chunk> {
        let mut left = vec![usage(128, 7)];
        stream::poll_fn(move |_| Poll::Ready(Some(left.pop().unwrap_or_else(|| panic!("broken")))))
    }

    let calls = testing::capture();
    let panicked = AssertUnwindSafe(panics().collect::<Vec<_>>()).catch_unwind().await;
    assert!(panicked.is_err());
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Panic));
    span.assert_attribute("error.type", "panic");
    span.assert_attribute("llm.tokens.completion", 7);
}

#[tokio::test]
async fn a_neighbour_that_panics_leaves_it_cancelled() {
    let calls = testing::capture();
    let neighbours = async {
        let mut stream = Box::pin(of(all_ok()).unwrap());
        stream.next().await;
        poll_fn::<(), _>(|_| panic!("next to it")).await;
    };
    assert!(AssertUnwindSafe(neighbours).catch_unwind().await.is_err());
    assert_eq!(calls.only().outcome(), Some(Outcome::Cancelled));
}

#[tokio::test]
async fn a_stream_without_usage_is_a_finding_and_not_a_zero() {
    let calls = testing::capture();
    assert_eq!(of(vec![Ok(text("a"))]).unwrap().count().await, 1);
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Ok));
    span.assert_no_attribute("llm.tokens.completion");
    let report = calls.check_contract().unwrap_err().to_string();
    assert!(report.contains("`llm.tokens.completion` was never recorded"), "{report}");
}

#[tokio::test]
async fn a_stream_that_is_polled_after_its_end_records_nothing_more() {
    let calls = testing::capture();
    let mut stream = pin!(of(all_ok()).unwrap());
    while stream.next().await.is_some() {}
    assert_eq!(stream.next().await, None);
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 192);
}

/// What keeps a stream from being made.
struct Unstarted;

type Event = Result<Chunk, Overloaded>;

#[tokio::test]
async fn of_two_errors_the_closure_names_that_of_the_items() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e| e.code())]
    async fn opaque(starts: bool) -> Result<impl Stream<Item = Result<Chunk, Overloaded>>, Unstarted> {
        starts.then(|| stream::iter([Err(Overloaded)])).ok_or(Unstarted)
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e| e.code())]
    async fn boxed(starts: bool) -> Result<BoxStream<'static, Result<Chunk, Overloaded>>, Unstarted> {
        starts.then(|| stream::iter([Err(Overloaded)]).boxed()).ok_or(Unstarted)
    }

    let calls = testing::capture();
    assert_eq!(opaque(true).await.ok().unwrap().count().await, 1);
    assert_eq!(boxed(true).await.ok().unwrap().count().await, 1);
    assert!(opaque(false).await.is_err() && boxed(false).await.is_err());
    let names: Vec<_> = calls.all().iter().map(|span| span.error_type().unwrap()).collect();
    assert_eq!(names, ["overloaded", "overloaded", "Unstarted", "Unstarted"]);
}

#[tokio::test]
async fn that_an_item_is_an_error_is_told_by_its_type() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e| e.code())]
    fn of_an_alias() -> Result<impl Stream<Item = Event>, Overloaded> {
        Ok(stream::iter([Err(Overloaded)]))
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e: &Overloaded| e.code())]
    fn of_a_bare_alias() -> impl Iterator<Item = Event> {
        [Err(Overloaded)].into_iter()
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e: &Overloaded| e.code())]
    fn without_a_word() -> Option<impl TryStream<Ok = Chunk, Error = Overloaded>> {
        Some(stream::iter([Err::<Chunk, _>(Overloaded)]))
    }

    let calls = testing::capture();
    assert_eq!(of_an_alias().unwrap().count().await, 1);
    assert_eq!(of_a_bare_alias().count(), 1);
    assert!(without_a_word().unwrap().try_collect::<Vec<_>>().await.is_err());
    for span in calls.all() {
        span.assert_attribute("error.type", "overloaded");
    }
    assert_eq!(calls.all().len(), 3);
}

#[tokio::test]
async fn where_no_item_is_an_error_the_closure_names_that_of_the_function() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, error_type = |e| e.code())]
    async fn optional(starts: bool) -> Result<impl Stream<Item = Option<Chunk>>, Overloaded> {
        starts.then(|| stream::iter([None])).ok_or(Overloaded)
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e: &Overloaded| e.code())]
    fn in_layers(made: Result<Option<Vec<Chunk>>, Overloaded>) -> Result<Option<impl Iterator<Item = Chunk>>, Overloaded> {
        made.map(|chunks| chunks.map(Vec::into_iter))
    }

    let calls = testing::capture();
    assert_eq!(optional(true).await.unwrap().count().await, 1);
    assert!(optional(false).await.is_err());
    assert!(in_layers(Err(Overloaded)).is_err());
    assert!(in_layers(Ok(None)).unwrap().is_none());
    let names: Vec<_> = calls.all().iter().map(|span| span.error_type().unwrap_or_default()).collect();
    assert_eq!(names, ["", "overloaded", "overloaded", ""]);
}
