//! A crate that denies every group of lints and forbids unsafe code can annotate its functions: the expansion is clean.

#![deny(
    warnings,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    unused,
    missing_docs,
    missing_debug_implementations,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    let_underscore_drop,
    variant_size_differences,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes_without_reason,
    clippy::str_to_string,
    clippy::shadow_unrelated,
    clippy::shadow_same
)]
#![forbid(unsafe_code, unused_variables)]

use std::{future::Future, pin::Pin, sync::Arc};

use llm_span::{ReportUsage, Usage, llm_span};

#[derive(Debug, Clone)]
struct Answer {
    usage: Option<Tokens>,
}

#[derive(Debug, Clone, Copy)]
struct Tokens {
    prompt_tokens: u32,
    completion_tokens: u32,
}

impl ReportUsage for Answer {
    fn usage(&self) -> Option<Usage> {
        self.usage.map(|usage| Usage::new(usage.prompt_tokens, usage.completion_tokens))
    }
}

#[derive(Debug)]
struct Request {
    model: String,
    seed: Option<u64>,
}

#[derive(Debug)]
struct ApiError;

const fn answer() -> Answer {
    Answer { usage: Some(Tokens { prompt_tokens: 1, completion_tokens: 2 }) }
}

fn tokens(answer: &Answer) -> (Option<u32>, Option<u32>) {
    answer.usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens)).unzip()
}

#[llm_span(operation = "chat", provider = "openai", model = request.model)]
fn reported(request: &Request) -> Result<Answer, ApiError> {
    if request.model.is_empty() { Err(ApiError) } else { Ok(answer()) }
}

#[llm_span(operation = "chat", provider = "openai", model = request.model, usage = tokens, error_type = |_error| "api")]
async fn by_function(request: Request) -> Result<Answer, ApiError> {
    tokio::task::yield_now().await;
    if request.model.is_empty() { Err(ApiError) } else { Ok(answer()) }
}

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = request.model.as_str(),
    usage = |answer| answer.usage.map(|usage| Usage::new(usage.prompt_tokens, usage.completion_tokens)),
    name = conventional,
    level = "debug",
    target = "pedantic",
    parent = None,
    follows_from = Vec::<tracing::Id>::new(),
    fields(tenant.id = count, gen_ai.request.seed = request.seed, shown = %count, debug = ?request, open)
)]
async fn by_closure(mut count: usize, request: &Request) -> Option<Answer> {
    count += 1;
    tokio::task::yield_now().await;
    (count > 0).then(answer)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = openai)]
fn by_preset<T: Clone + Into<String>>(name: &T) -> Answer {
    drop::<String>(name.clone().into());
    answer()
}

#[llm_span(operation = "chat", provider = "openai", model = model, usage = in_body)]
async fn by_reference(model: &str) -> usize {
    tokio::task::yield_now().await;
    model.len()
}

#[llm_span(operation = "embeddings", provider = "openai", model = in_body, usage = in_body)]
async fn in_body() {
    llm_span::record_model("m");
    llm_span::record_usage(Usage::input_only(5));
    tokio::task::yield_now().await;
}

#[llm_span(operation = "chat", provider = "openai", model = "m", error_type = |_error: &ApiError| "api")]
async fn in_layers() -> Result<Option<Result<Answer, ApiError>>, tokio::time::error::Elapsed> {
    tokio::time::timeout(std::time::Duration::from_secs(60), async { Some(Ok(answer())) }).await
}

#[llm_span(operation = "retrieval", provider = "cohere", model = "m", usage = none)]
fn nothing() {}

/// What is held until the body has returned, unnamed in it.
#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
async fn guarded(_permit: Arc<()>, (_first, mut second): (Arc<()>, u64)) {
    const MORE: u64 = 1;
    second += MORE;
    tokio::task::yield_now().await;
    llm_span::record_usage(Usage::new(second, second));
}

#[derive(Debug)]
struct Client {
    model: Arc<str>,
    last: Option<u8>,
}

impl Client {
    #[llm_span(operation = "chat", provider = "openai", model = self.model, usage = none)]
    fn lent(&mut self) -> Option<&mut u8> {
        self.last.as_mut()
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn future(&self) -> impl Future<Output = Result<Answer, ApiError>> + Send + '_ {
        let ready = self.last.is_some();
        async move { if ready { Ok(answer()) } else { Err(ApiError) } }
    }

    #[llm_span(operation = "chat", provider = "openai", model = self.model)]
    fn boxed(&self) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer()
        })
    }
}

#[async_trait::async_trait]
trait Chat {
    async fn complete(&self, request: Request) -> Result<Answer, ApiError>;
}

#[async_trait::async_trait]
impl Chat for Client {
    #[llm_span(operation = "chat", provider = "openai", model = request.model)]
    async fn complete(&self, request: Request) -> Result<Answer, ApiError> {
        tokio::task::yield_now().await;
        if request.model.is_empty() { Err(ApiError) } else { Ok(answer()) }
    }
}

#[tokio::test]
async fn every_form_is_clean_under_every_lint() {
    let request = || Request { model: "m".into(), seed: Some(5) };
    let mut client = Client { model: "m".into(), last: None };
    assert!(reported(&request()).is_ok());
    assert!(by_function(request()).await.is_ok());
    assert!(by_closure(1, &request()).await.is_some());
    assert!(by_preset(&"x").usage.is_some());
    in_body().await;
    assert_eq!(by_reference("m").await, 1);
    guarded(Arc::new(()), (Arc::new(()), 5)).await;
    assert!(in_layers().await.is_ok());
    nothing();
    assert!(client.lent().is_none());
    assert!(client.future().await.is_err());
    assert!(client.boxed().await.usage.is_some());
    assert!(client.complete(request()).await.is_ok());
}
