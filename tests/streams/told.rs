//! What the chunks tell: the last snapshot of usage, the model, why it stopped; by trait, closure, preset or in the body.

use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use llm_span::{Report, Usage, llm_span, record_usage, testing};
use tracing::Span;

use crate::chunk::{Chunk, chunks, text, usage};

#[tokio::test]
async fn the_last_snapshot_wins() {
    #[llm_span(operation = "chat", provider = "vllm", model = "llama-3")]
    fn growing() -> impl Stream<Item = Chunk> {
        stream::iter([usage(10, 1), usage(10, 2), text("x"), usage(10, 3)])
    }

    let calls = testing::capture();
    assert_eq!(growing().count().await, 4);
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 13);
}

#[tokio::test]
async fn model_id_and_finish_reason_come_from_the_chunks() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
    fn answer() -> impl Stream<Item = Chunk> {
        chunks()
    }

    let calls = testing::capture();
    assert_eq!(answer().count().await, 4);
    let span = calls.only();
    span.assert_attribute("gen_ai.response.model", "gpt-4o-2024-08-06");
    span.assert_attribute("gen_ai.response.id", "chatcmpl-1");
    span.assert_attribute("gen_ai.response.finish_reasons", r#"["stop"]"#);
}

#[tokio::test]
async fn a_closure_is_given_each_chunk() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| (c.len(), Some(c.len() * 2)))]
    async fn sized() -> Result<impl Stream<Item = Result<Vec<u8>, std::io::Error>>, std::io::Error> {
        Ok(stream::iter([Ok(vec![0; 3]), Ok(vec![0; 5])]))
    }

    let calls = testing::capture();
    assert_eq!(sized().await.unwrap().count().await, 2);
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 15);
}

#[tokio::test]
async fn a_closure_may_take_what_it_needs_along() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c: &u8| Usage::new(base, c))]
    fn based(base: u32) -> impl Stream<Item = u8> {
        stream::iter([1, 2, 3])
    }

    let calls = testing::capture();
    assert_eq!(based(100).count().await, 3);
    assert_eq!(calls.tokens().total, 103);
}

type Sizes = BoxStream<'static, u8>;

#[tokio::test]
async fn closures_of_a_boxed_stream_take_along_what_they_need() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| (*c, base), error_type = |()| format!("{base}"))]
    fn plain(base: u32) -> Option<BoxStream<'static, Result<u8, ()>>> {
        Some(stream::iter([Ok(1), Ok(2)]).boxed())
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| (*c, base), estimate = |_| (0, base))]
    fn estimated(base: u32) -> Box<dyn Iterator<Item = u8>> {
        Box::new([1, 2].into_iter())
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| Some(Usage::new(Some(*c)?, name.len())), output = |_| &other)]
    fn leaving(name: String, other: String) -> BoxStream<'static, u8> {
        stream::iter([1, 2]).boxed()
    }

    let calls = testing::capture();
    assert_eq!(plain(100).unwrap().count().await, 2);
    assert_eq!(estimated(100).count(), 2);
    assert_eq!(leaving("x".repeat(100), String::new()).count().await, 2);
    assert_eq!(calls.tokens().total, 306);
}

#[tokio::test]
async fn closures_that_say_move_take_along_what_they_need_under_an_alias() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = move |c| (*c, name.len()), estimate = move |_| (0, other.len()))]
    fn estimated(name: String, other: String) -> Sizes {
        stream::iter([1, 2]).boxed()
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = move |c| -> Option<Usage> { Some(Usage::new(Some(*c)?, name.len())) })]
    fn leaving(name: String) -> Sizes {
        stream::iter([1, 2]).boxed()
    }

    let calls = testing::capture();
    assert_eq!(estimated("x".repeat(100), String::new()).count().await, 2);
    assert_eq!(leaving("x".repeat(100)).count().await, 2);
    assert_eq!(calls.tokens().total, 204);
}

#[tokio::test]
async fn a_preset_reads_chunks_too() {
    struct Counts {
        prompt_tokens: u32,
        completion_tokens: u32,
    }
    struct Choice {
        finish_reason: Option<&'static str>,
    }
    struct OpenAiChunk {
        choices: Vec<Choice>,
        usage: Option<Counts>,
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai(finish_reasons))]
    fn answer() -> impl Stream<Item = OpenAiChunk> {
        stream::iter([
            OpenAiChunk { choices: vec![Choice { finish_reason: None }], usage: None },
            OpenAiChunk { choices: vec![Choice { finish_reason: Some("length") }], usage: None },
            OpenAiChunk { choices: Vec::new(), usage: Some(Counts { prompt_tokens: 128, completion_tokens: 64 }) },
        ])
    }

    let calls = testing::capture();
    assert_eq!(answer().count().await, 3);
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 192);
    calls.only().assert_attribute("gen_ai.response.finish_reasons", r#"["length"]"#);
}

#[tokio::test]
async fn what_the_stream_records_itself_is_its_own() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    fn own() -> impl Stream<Item = u8> {
        stream::iter([1, 2, 3]).inspect(|n| record_usage(Usage::new(*n, *n)))
    }

    #[llm_span(operation = "chat", provider = "openai", model = "outer", usage = in_body)]
    async fn outer() {
        assert_eq!(own().count().await, 3);
        record_usage(Usage::new(1, 0));
    }

    let calls = testing::capture();
    outer().await;
    calls.assert_contract();
    let inner = calls.spans().into_iter().find(|span| span.attribute("llm.stream.chunks").is_some()).unwrap();
    inner.assert_attribute("llm.tokens.total", 6);
}

#[tokio::test]
async fn its_span_is_entered_while_it_is_polled_and_only_then() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
    fn seen() -> impl Stream<Item = Option<tracing::Id>> {
        stream::iter([(); 2]).map(|()| Span::current().id())
    }

    let calls = testing::capture();
    let mut stream = seen();
    let id = stream.next().await.unwrap();
    assert!(id.is_some() && Span::current().is_none());
    assert_eq!(stream.next().await.unwrap(), id);
    assert_eq!(Some(calls.all()[0].id()), id);
}

#[tokio::test]
async fn a_closure_that_panics_costs_what_the_chunk_tells_and_not_the_chunk() {
    fn counted(chunk: &Chunk) -> Report<'_> {
        assert!(chunk.text.is_empty(), "a text");
        Report::of(chunk)
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = counted)]
    fn answer() -> impl Stream<Item = Chunk> {
        chunks()
    }

    let calls = testing::capture();
    assert_eq!(answer().count().await, 4);
    calls.assert_contract();
    calls.only().assert_attribute("llm.stream.chunks", 4);
    assert_eq!(calls.tokens().total, 192);
}

#[tokio::test]
async fn without_a_subscriber_it_is_the_stream_it_was() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |_: &Chunk| -> Usage { panic!("nobody listens") })]
    fn answer() -> impl Stream<Item = Chunk> {
        chunks()
    }

    let stream = answer();
    assert_eq!(stream.size_hint(), (4, Some(4)));
    assert_eq!(stream.count().await, 4);
}

#[tokio::test]
async fn what_was_recorded_before_a_chunk_gives_way_to_it() {
    #[llm_span(operation = "chat", provider = "anthropic", model = "claude")]
    async fn peeked() -> Result<impl Stream<Item = Chunk>, std::io::Error> {
        record_usage(Usage::new(25, 1)); // of the first event, which the body has taken
        Ok(stream::iter([text("Hi"), usage(25, 15)]))
    }

    let calls = testing::capture();
    assert_eq!(peeked().await.unwrap().count().await, 2);
    calls.assert_contract();
    let span = calls.only();
    span.assert_attribute("llm.tokens.completion", 15);
    span.assert_attribute("llm.stream.chunks", 2);
}
