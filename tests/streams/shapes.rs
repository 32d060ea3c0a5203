//! What can be annotated: every way in which a function can return a stream.

use std::{future::Future, pin::Pin};

use futures_util::{
    FutureExt as _, Stream, StreamExt as _,
    future::BoxFuture,
    stream::{BoxStream, LocalBoxStream},
};
use llm_span::{ReportUsage, Usage, llm_span, testing};

use crate::chunk::{Chunk, Overloaded, answer, chunks, tried};

#[llm_span(operation = "chat", provider = "openai", model = model)]
fn bare(model: &str) -> impl Stream<Item = Chunk> + use<> {
    chunks()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn in_a_result() -> Result<impl Stream<Item = Result<Chunk, Overloaded>> + Send + 'static, Overloaded> {
    Ok(tried())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn asynchronous() -> impl Stream<Item = Chunk> {
    chunks()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn asynchronous_in_layers() -> Result<Option<impl Stream<Item = Result<Chunk, Overloaded>>>, std::io::Error> {
    Ok(Some(tried()))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn later() -> impl Future<Output = Result<impl Stream<Item = Chunk>, Overloaded>> + Send {
    async { Ok(chunks()) }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn boxed() -> Pin<Box<dyn Stream<Item = Chunk> + Send>> {
    Box::pin(chunks())
}

type Aliased<'a> = LocalBoxStream<'a, Result<Chunk, Overloaded>>;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn under_an_alias(prompt: &str) -> Result<Aliased<'_>, Overloaded> {
    let words = prompt.len();
    Ok(tried().filter(move |_| async move { words > 0 }).boxed_local())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn both_boxed() -> BoxFuture<'static, Result<BoxStream<'static, Chunk>, Overloaded>> {
    async { Ok(chunks().boxed()) }.boxed()
}

#[async_trait::async_trait]
trait Provider {
    async fn stream(&self, model: &str) -> Result<BoxStream<'static, Result<Chunk, Overloaded>>, Overloaded>;
}

struct OpenAi;

#[async_trait::async_trait]
impl Provider for OpenAi {
    #[llm_span(operation = "chat", provider = "openai", model = model)]
    async fn stream(&self, model: &str) -> Result<BoxStream<'static, Result<Chunk, Overloaded>>, Overloaded> {
        Ok(tried().boxed())
    }
}

trait Native {
    fn stream(&self) -> impl Future<Output = Result<impl Stream<Item = Chunk> + Send, Overloaded>> + Send;
}

impl Native for OpenAi {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
    async fn stream(&self) -> Result<impl Stream<Item = Chunk> + Send, Overloaded> {
        Ok(chunks())
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn of_generic_items<T: Clone>(value: T) -> impl Stream<Item = Tagged<T>> {
    chunks().map(move |chunk| Tagged(value.clone(), chunk))
}

struct Tagged<T>(T, Chunk);

impl<T> ReportUsage for Tagged<T> {
    fn usage(&self) -> Option<Usage> {
        self.1.usage()
    }
}

#[track_caller]
fn shown(calls: &testing::Calls) {
    calls.assert_contract();
    let span = calls.only();
    assert_eq!(calls.tokens().total, 192);
    span.assert_attribute("llm.stream.chunks", 4);
    span.assert_attribute("gen_ai.request.stream", true);
    span.assert_attribute("llm.outcome", "ok");
    assert!(span.attribute("gen_ai.response.time_to_first_chunk").is_some() && span.is_closed());
}

/// Takes all chunks of a stream that cannot fail.
async fn all(stream: impl Stream<Item = Chunk>) {
    assert_eq!(stream.collect::<Vec<_>>().await, answer());
}

/// Takes all chunks of a stream that can.
async fn all_ok(stream: impl Stream<Item = Result<Chunk, Overloaded>>) {
    all(stream.map(Result::unwrap)).await;
}

macro_rules! claims {
    ($($claim:ident: $taken:expr;)*) => {$(
        #[tokio::test]
        async fn $claim() {
            let calls = testing::capture();
            $taken.await;
            shown(&calls);
        }
    )*};
}

claims! {
    a_bare_stream: all(bare("gpt-4o"));
    a_stream_in_a_result: all_ok(in_a_result().unwrap());
    a_stream_of_an_async_function: async { all(asynchronous().await).await };
    a_stream_in_two_layers: async { all_ok(asynchronous_in_layers().await.unwrap().unwrap()).await };
    a_stream_that_a_future_gives: async { all(later().await.unwrap()).await };
    a_boxed_stream: all(boxed());
    a_boxed_stream_under_an_alias: async { all_ok(under_an_alias("x").await.unwrap()).await };
    a_boxed_stream_that_a_boxed_future_gives: async { all(both_boxed().await.unwrap()).await };
    a_stream_of_an_async_trait: async { all_ok(OpenAi.stream_by_trait().await).await };
    a_stream_of_a_trait_with_async_functions: async { all(Native::stream(&OpenAi).await.unwrap()).await };
    a_stream_of_generic_items: all(of_generic_items(5_u8).map(|Tagged(five, chunk)| if five == 5 { chunk } else { Chunk::default() }));
}

impl OpenAi {
    async fn stream_by_trait(&self) -> BoxStream<'static, Result<Chunk, Overloaded>> {
        Provider::stream(self, "gpt-4o").await.unwrap()
    }
}

#[test]
fn a_stream_stays_send_sync_unpin_and_static_if_it_was() {
    fn is<T: Send + Sync + Unpin + 'static>(_: T) {}

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
    fn stream() -> impl Stream<Item = Chunk> {
        futures_util::stream::iter(answer())
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
    fn boxed_and_sync() -> Pin<Box<dyn Stream<Item = Chunk> + Send + Sync>> {
        Box::pin(stream())
    }

    is(stream());
    is(boxed_and_sync());
}
