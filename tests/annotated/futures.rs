//! Functions that return futures: the values are read at the call, the span begins at the first poll.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
};

use llm_span::llm_span;

use crate::{
    recorder::record,
    shapes::{Answer, Request, request},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Client {
    model: String,
}

fn client() -> Client {
    Client { model: "of-self".to_owned() }
}

impl Client {
    #[llm_span(operation = "chat", provider = "openai", model = self.model, fields(tenant.id = tenant))]
    fn opaque(&self, tenant: u64) -> impl Future<Output = Result<Answer, std::io::Error>> + Send + '_ {
        let len = self.model.len();
        async move {
            tokio::task::yield_now().await;
            if len == 0 {
                return Err(std::io::Error::other("empty"));
            }
            Ok(Answer("opaque"))
        }
    }

    #[llm_span(operation = "chat", provider = "openai", model = request.model, fields(tenant.id = "a", ratio = 0.5, open, debug = ?request.model, yes = true, big = u64::MAX))]
    fn boxed(&self, request: Request) -> Pin<Box<dyn Future<Output = Result<Answer, std::io::Error>> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            drop(request);
            assert_eq!(self.model, "of-self");
            Ok(Answer("boxed"))
        })
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn aliased(&self) -> BoxFuture<'_, Answer> {
        if self.model.is_empty() {
            return Box::pin(std::future::ready(Answer("early")));
        }
        Box::pin(std::future::ready(Answer("aliased")))
    }

    /// The future borrows nothing, the model does.
    #[llm_span(operation = "chat", provider = "openai", model = model)]
    fn detached(model: &str) -> Pin<Box<dyn Future<Output = Answer> + Send + 'static>> {
        drop(model.to_owned());
        Box::pin(async { Answer("detached") })
    }
}

#[tokio::test]
async fn a_returned_future_is_the_call() {
    let (spans, _guard) = record();
    client().opaque(5).await.unwrap();
    let span = spans.only();
    assert_eq!((span.text("llm.model"), span.int("tenant.id"), span.tokens()), ("of-self", 5, (128, 64, 192)));
}

#[tokio::test]
async fn a_boxed_future_is_the_call_and_keeps_the_types_of_its_fields() {
    use crate::recorder::Value;
    let (spans, _guard) = record();
    client().boxed(request("gpt-4o")).await.unwrap();
    let span = spans.only();
    assert_eq!((span.text("llm.model"), span.outcome(), span.text("tenant.id")), ("gpt-4o", "ok", "a"));
    assert_eq!(span.fields["ratio"], Value::Double(0.5));
    assert_eq!(span.fields["debug"], Value::Formatted("\"gpt-4o\"".to_owned()));
    assert_eq!(span.fields["yes"], Value::Bool(true));
    assert_eq!(span.fields["big"], Value::Unsigned(u64::MAX));
    assert!(!span.has("open"));
}

#[tokio::test]
async fn a_box_under_a_well_known_alias_is_seen_through() {
    let (spans, _guard) = record();
    assert_eq!(client().aliased().await, Answer("aliased"));
    assert_eq!(Client { model: String::new() }.aliased().await, Answer("early"));
    assert_eq!(spans.spans().len(), 2);
}

#[tokio::test]
async fn a_future_need_not_outlive_what_its_values_were_read_from() {
    let (spans, _guard) = record();
    let future = {
        let model = String::from("short-lived");
        Client::detached(&model)
    };
    future.await;
    assert_eq!(spans.only().text("llm.model"), "short-lived");
}

#[tokio::test]
async fn a_future_that_is_never_polled_is_no_call() {
    let (spans, _guard) = record();
    drop(client().opaque(1));
    drop(client().boxed(request("m")));
    drop(client().aliased());
    assert!(spans.spans().is_empty());
}

#[async_trait::async_trait]
trait Chat {
    async fn complete(&self, request: Request) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>>;
    async fn nothing(&mut self);
    async fn patterns(&self, parts: (String, u8)) -> Answer;
}

#[async_trait::async_trait]
impl Chat for Client {
    #[llm_span(operation = "chat", provider = "openai", model = request.model, fields(of.self_ = self.model))]
    async fn complete(&self, request: Request) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        tokio::task::yield_now().await;
        if request.model.is_empty() {
            return Err("empty".into());
        }
        let _: u8 = self.model.len().try_into()?;
        Ok(Answer("async_trait"))
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model, usage = none)]
    async fn nothing(&mut self) {
        self.model.clear();
    }

    #[llm_span(operation = "chat", provider = "openai", model = model)]
    async fn patterns(&self, (model, _): (String, u8)) -> Answer {
        drop(model);
        Answer("patterns")
    }
}

#[tokio::test]
async fn async_trait_is_an_async_fn_in_disguise() {
    let (spans, _guard) = record();
    let mut client: Box<dyn Chat> = Box::new(client());
    client.complete(request("gpt-4o")).await.unwrap();
    client.complete(request("")).await.unwrap_err();
    client.nothing().await;
    client.patterns(("of-a-pattern".to_owned(), 1)).await;
    let all = spans.spans();
    let seen: Vec<_> = all.iter().map(|span| (span.text("llm.model"), span.outcome())).collect();
    assert_eq!(seen, [("gpt-4o", "ok"), ("", "error"), ("of-self", "ok"), ("of-a-pattern", "ok")]);
    assert_eq!(all[0].text("of.self_"), "of-self");
}

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

#[llm_span(operation = "chat", provider = "openai", model = { ALLOCATED.fetch_add(1, Ordering::Relaxed); "m" }, usage = none)]
fn counted() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async {})
}

#[tokio::test]
async fn the_values_are_read_once_and_only_where_somebody_listens() {
    counted().await;
    assert_eq!(ALLOCATED.load(Ordering::Relaxed), 0);
    let (spans, _guard) = record();
    counted().await;
    assert_eq!((ALLOCATED.load(Ordering::Relaxed), spans.only().text("llm.model")), (1, "m"));
}

#[derive(Clone, Copy)]
struct Unprintable;

impl std::fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("a `Debug` that panics")
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, fields(value = ?value))]
fn with_unprintable(value: Unprintable) -> impl Future<Output = ()> {
    let Unprintable = value;
    std::future::ready(())
}

#[tokio::test]
async fn a_debug_that_panics_costs_the_field_only() {
    let (spans, _guard) = record();
    with_unprintable(Unprintable).await;
    assert_eq!((spans.only().outcome(), spans.only().text("value")), ("ok", "<panicked>"));
}
