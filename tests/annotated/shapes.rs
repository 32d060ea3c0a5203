//! Every kind of function can be annotated, and stays what it was.

use std::{borrow::Cow, future::Future, pin::Pin, rc::Rc, sync::Arc};

use llm_span::{ReportUsage, Usage, llm_span};

use crate::recorder::record;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer(pub(crate) &'static str);

impl ReportUsage for Answer {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(128, 64))
    }
}

pub(crate) struct Request {
    pub(crate) model: String,
}

pub(crate) fn request(model: &str) -> Request {
    Request { model: model.to_owned() }
}

#[llm_span(operation = "chat", provider = "openai", model = request.model)]
fn plain(request: Request) -> Answer {
    drop(request); // The model was read, not moved.
    Answer("plain")
}

#[test]
fn a_function_stamps_the_contract() {
    let (spans, _guard) = record();
    assert_eq!(plain(request("gpt-4o")), Answer("plain"));
    let span = spans.only();
    assert_eq!(span.metadata.name(), "llm.completion");
    for (key, value) in [
        ("llm.provider", "openai"),
        ("llm.model", "gpt-4o"),
        ("llm.request.type", "chat"),
        ("gen_ai.system", "openai"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("otel.kind", "client"),
        ("llm.outcome", "ok"),
    ] {
        assert_eq!(span.text(key), value, "{key}");
    }
    assert_eq!(span.tokens(), (128, 64, 192));
    assert_eq!((span.int("gen_ai.usage.input_tokens"), span.int("gen_ai.usage.output_tokens")), (128, 64));
    assert!(span.closed);
    assert!(span.records.values().all(|times| *times == 1), "a field recorded twice is exported twice: {span:#?}");
}

#[llm_span(operation = "chat", provider = "openai", model = request.model)]
async fn asynchronous(request: Request) -> Result<Answer, std::io::Error> {
    tokio::task::yield_now().await;
    drop(request);
    Ok(Answer("async"))
}

#[tokio::test]
async fn an_async_function_is_run_across_its_awaits() {
    let (spans, _guard) = record();
    assert_eq!(asynchronous(request("gpt-4o")).await.unwrap(), Answer("async"));
    assert_eq!((spans.only().tokens(), spans.only().closed), ((128, 64, 192), true));
}

/// A client, for all that `self` can be.
#[derive(Clone)]
struct Client {
    model: String,
    last: Option<u8>,
}

impl Client {
    fn new() -> Self {
        Self { model: "of-self".to_owned(), last: Some(7) }
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn by_value(self) -> Answer {
        let _ = self.last;
        Answer("value")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn by_reference(&self) -> Answer {
        Answer("reference")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model, usage = none)]
    fn lent(&mut self) -> Option<&mut u8> {
        self.last.as_mut()
    }

    #[expect(clippy::boxed_local, reason = "the form is what is tested")]
    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn boxed(self: Box<Self>) -> Answer {
        Answer("box")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn counted(self: Rc<Self>) -> Answer {
        Answer("rc")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    async fn shared(self: Arc<Self>) -> Answer {
        Answer("arc")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn pinned(mut self: Pin<&mut Self>) -> Answer {
        self.last = None;
        Answer("pin")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    async fn changed(&mut self, by: u8) -> Answer {
        self.last = Some(by);
        Answer("changed")
    }
}

#[tokio::test]
async fn self_can_have_any_form() {
    let (spans, _guard) = record();
    let mut client = Client::new();
    client.clone().by_value();
    client.by_reference();
    *client.lent().unwrap() += 1;
    Box::new(client.clone()).boxed();
    Rc::new(client.clone()).counted();
    Arc::new(client.clone()).shared().await;
    Pin::new(&mut client.clone()).pinned();
    client.changed(3).await;
    assert_eq!(client.last, Some(3));
    let spans = spans.spans();
    assert_eq!(spans.len(), 8);
    assert!(spans.iter().all(|span| span.text("llm.model") == "of-self" && span.outcome() == "ok" && span.closed));
}

#[llm_span(operation = "chat", provider = "openai", model = model, usage = |_| (1, 2))]
fn generic<'a, T, M>(value: &'a T, model: M, len: impl Fn(&T) -> usize) -> Result<Cow<'a, str>, String>
where
    T: ToString + ?Sized,
    M: AsRef<str>,
{
    if len(value) == 0 {
        return Err("empty".to_owned());
    }
    let text = Some(value.to_string()).ok_or("none")?;
    Ok(text.into())
}

#[test]
fn generics_lifetimes_bounds_and_early_returns_are_kept() {
    let (spans, _guard) = record();
    assert_eq!(generic("x", "m", |text: &str| text.len()).unwrap(), "x");
    assert_eq!(generic("", String::from("m"), |text: &str| text.len()).unwrap_err(), "empty");
    let outcomes: Vec<_> = spans.spans().iter().map(|span| span.outcome().to_owned()).collect();
    assert_eq!(outcomes, ["ok", "error"]);
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
fn lazily(upto: u32) -> impl Iterator<Item = u32> {
    0..upto
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
async fn fallible(upto: u32) -> Result<impl Iterator<Item = u32>, Box<dyn std::error::Error + Send + Sync>> {
    if upto == 0 {
        return Err("none")?;
    }
    Ok(0..upto)
}

#[tokio::test]
async fn impl_trait_can_be_returned() {
    let (spans, _guard) = record();
    assert_eq!(lazily(3).sum::<u32>(), 3);
    assert_eq!(fallible(3).await.unwrap().sum::<u32>(), 3);
    assert!(fallible(0).await.is_err());
    assert_eq!(spans.spans().len(), 3);
}

#[llm_span(operation = "chat", provider = "openai", model = model)]
async fn destructured((a, b): (u8, u8), Request { model }: Request, [first, ..]: [u8; 3], mut count: u8, _: u8) -> Answer {
    count += a + b + first;
    assert_eq!((count, model.as_str()), (10, "gpt-4o"));
    Answer("patterns")
}

#[llm_span(operation = "chat", provider = "openai", model = format!("depth-{depth}"), usage = none)]
fn recursive(depth: u8) -> u8 {
    if depth == 0 { 0 } else { 1 + recursive(depth - 1) }
}

#[llm_span(operation = "chat", provider = "openai", model = format!("depth-{depth}"), usage = none)]
async fn recursive_async(depth: u8) -> u8 {
    if depth == 0 { 0 } else { 1 + Box::pin(recursive_async(depth - 1)).await }
}

#[tokio::test]
async fn recursion_nests_the_spans() {
    let (spans, _guard) = record();
    assert_eq!(recursive(2), 2);
    assert_eq!(recursive_async(2).await, 2);
    let spans = spans.spans();
    assert_eq!(spans.len(), 6);
    assert_eq!(spans.iter().filter(|span| span.parent == Some("llm.completion")).count(), 4);
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
fn nothing() {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
extern "C" fn foreign(number: u8) -> u8 {
    number
}

trait Chat {
    fn complete(&self) -> Answer;

    #[llm_span(operation = "chat", provider = "openai", model = "default")]
    fn provided(&self) -> Answer {
        self.complete()
    }

    fn later(&self) -> impl Future<Output = Answer> + Send;
}

impl Chat for Client {
    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn complete(&self) -> Answer {
        Answer("trait")
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    async fn later(&self) -> Answer {
        Answer("later")
    }
}

#[tokio::test]
async fn methods_of_traits_can_be_annotated() {
    let (spans, _guard) = record();
    let client = Client::new();
    client.provided();
    client.later().await;
    nothing();
    let models: Vec<_> = spans.spans().iter().map(|span| span.text("llm.model").to_owned()).collect();
    assert_eq!(models, ["default", "of-self", "of-self", "m"]);
}

#[tokio::test]
async fn patterns_can_stand_in_the_arguments() {
    let (spans, _guard) = record();
    destructured((1, 2), request("gpt-4o"), [3, 0, 0], 4, 5).await;
    assert_eq!(spans.only().text("llm.model"), "gpt-4o");
}

/// Whatever was `Send` is `Send`.
#[test]
fn futures_stay_send() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&asynchronous(request("m")));
    assert_send(&Arc::new(Client::new()).shared());
    assert_send(&recursive_async(1));
    assert_send(&Client::new().changed(1));
}

/// A function pointer can be taken, of the type it had.
#[test]
fn a_function_stays_a_function() {
    let _: fn(Request) -> Answer = plain;
    let _: extern "C" fn(u8) -> u8 = foreign;
}
