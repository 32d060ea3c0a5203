//! Random calls, within each other, with spans of the program's own between them.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use llm_span::{Operation, Response, Usage, call, current_call, llm_span, record_model, record_response, record_usage};
use proptest::prelude::*;
use tracing::{Span, field::Empty};

/// A call, or a span of the program's own.
#[derive(Clone, Debug)]
pub(super) struct Made {
    how: How,
    provider: &'static str,
    model: &'static str,
    steps: Vec<Step>,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Chat,
    Conventional,
    Fields,
    Embeddings,
    ModelInBody,
    Agent,
    Tool,
    Builder,
    Foreign,
    Phase,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Ok,
    Fails,
    Panics,
}

#[derive(Clone, Debug)]
enum Step {
    Usage(Usage),
    Model(&'static str),
    Response(&'static str),
    /// A record of the user's own on the span of the call.
    Int(&'static str, i64),
    Double(&'static str, f64),
    Text(&'static str, &'static str),
    Erred,
    Make(Made),
}

#[derive(Debug)]
struct Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fault")
    }
}

impl std::error::Error for Fault {}

type Done = Result<(), Fault>;

#[llm_span(operation = "chat", provider = provider, model = model, usage = in_body)]
fn chat(provider: &str, model: &str, body: &dyn Fn() -> Done) -> Done {
    body()
}

#[llm_span(operation = "chat", provider = provider, model = model, usage = in_body, name = conventional)]
fn conventional(provider: &str, model: &str, body: &dyn Fn() -> Done) -> Done {
    body()
}

#[llm_span(operation = "chat", provider = provider, model = model, usage = in_body, fields(gen_ai.request.max_tokens = 7, tenant = model))]
fn with_fields(provider: &str, model: &str, body: &dyn Fn() -> Done) -> Done {
    body()
}

#[llm_span(operation = "embeddings", provider = provider, model = model, usage = in_body)]
fn embeddings(provider: &str, model: &str, body: &dyn Fn() -> Done) -> Done {
    body()
}

#[llm_span(operation = "chat", provider = provider, model = in_body, usage = in_body, name = conventional)]
fn model_in_body(provider: &str, body: &dyn Fn() -> Done) -> Done {
    body()
}

fn foreign(body: &dyn Fn() -> Done) -> Done {
    let span = tracing::info_span!(
        "llm.completion",
        llm.provider = "openai",
        llm.model = "gpt-4o",
        "llm.tokens.prompt" = Empty,
        gen_ai.usage.input_tokens = Empty,
        llm.cost.usd = Empty,
        llm.outcome = Empty,
        gen_ai.response.id = Empty,
        llm.stream.chunks = Empty,
    );
    span.in_scope(body)
}

impl Made {
    pub(super) fn run(&self) {
        let body = || {
            self.steps.iter().for_each(Step::run);
            match self.ending {
                Ending::Ok => Ok(()),
                Ending::Fails => Err(Fault),
                Ending::Panics => std::panic::resume_unwind(Box::new(())),
            }
        };
        let Self { provider, model, .. } = self;
        let _ = catch_unwind(AssertUnwindSafe(|| match self.how {
            How::Chat => chat(provider, model, &body),
            How::Conventional => conventional(provider, model, &body),
            How::Fields => with_fields(provider, model, &body),
            How::Embeddings => embeddings(provider, model, &body),
            How::ModelInBody => model_in_body(provider, &body),
            How::Agent => llm_span::agent(*model).in_scope_in_body(body),
            How::Tool => llm_span::tool(*model).in_scope_in_body(body),
            How::Builder => call(Operation::Chat, *provider, *model).in_scope_in_body(body),
            How::Foreign => foreign(&body),
            How::Phase => tracing::info_span!("phase").in_scope(body),
        }));
    }
}

impl Step {
    fn run(&self) {
        match self {
            // Where no call is, that is a finding of no span.
            Self::Usage(_) | Self::Model(_) | Self::Response(_) if !current_call().is_open() => {}
            Self::Usage(usage) => record_usage(*usage),
            Self::Model(model) => record_model(*model),
            Self::Response(text) => record_response(Response::default().model(*text).id(*text).finish_reason(*text)),
            Self::Int(key, value) => drop(Span::current().record(*key, *value)),
            Self::Double(key, value) => drop(Span::current().record(*key, *value)),
            Self::Text(key, value) => drop(Span::current().record(*key, *value)),
            Self::Erred => tracing::error!("it failed"),
            Self::Make(made) => made.run(),
        }
    }
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec!["gpt-4o", "gpt-4o", "gpt-4o", "gpt-4", "text", " ", "", "é", "a\nb"])
}

fn provider() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec!["openai", "openai", "openai", "openai", "gemini", "gcp.gemini", "nobody", ""])
}

fn usage() -> impl Strategy<Value = Usage> {
    let count = || prop_oneof![4 => Just(3_i64), 2 => 0..5_i64, 1 => Just(-1_i64), 1 => Just(i64::MAX)];
    (count(), count(), proptest::option::of(count())).prop_map(|(prompt, completion, cached)| {
        let usage = Usage::new(prompt, completion);
        match cached {
            Some(cached) => usage.cache_read(cached),
            None => usage,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let int_keys = vec!["llm.tokens.prompt", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "llm.stream.chunks"];
    let text_keys = vec![
        "llm.outcome",
        "llm.model",
        "gen_ai.request.model",
        "otel.name",
        "gen_ai.response.id",
        "error.type",
        "otel.status_code",
        "gen_ai.operation.name",
        "llm.tokens.total",
        "llm.usage.invalid",
    ];
    let texts = vec!["ok", "error", "gpt-4o", "ERROR", "chat", "plan", "5", " "];
    prop_oneof![
        6 => usage().prop_map(Step::Usage),
        2 => name().prop_map(Step::Model),
        2 => name().prop_map(Step::Response),
        1 => (proptest::sample::select(int_keys), -1..4_i64).prop_map(|(key, value)| Step::Int(key, value)),
        1 => proptest::sample::select(vec![0.5, -1.0, f64::NAN, 1e300]).prop_map(|cost| Step::Double("llm.cost.usd", cost)),
        1 => (proptest::sample::select(text_keys), proptest::sample::select(texts)).prop_map(|(key, text)| Step::Text(key, text)),
        1 => Just(Step::Erred),
    ]
}

fn made(below: impl Strategy<Value = Step>) -> impl Strategy<Value = Made> {
    let how = proptest::sample::select(vec![
        How::Chat,
        How::Chat,
        How::Chat,
        How::Conventional,
        How::Conventional,
        How::Fields,
        How::Embeddings,
        How::ModelInBody,
        How::Agent,
        How::Tool,
        How::Builder,
        How::Foreign,
        How::Phase,
    ]);
    let ending = prop_oneof![6 => Just(Ending::Ok), 1 => Just(Ending::Fails), 1 => Just(Ending::Panics)];
    let steps = proptest::collection::vec(below, 0..5);
    (how, provider(), name(), steps, ending).prop_map(|(how, provider, model, steps, ending)| Made {
        how,
        provider,
        model,
        steps,
        ending,
    })
}

pub(super) fn all_made() -> impl Strategy<Value = Vec<Made>> {
    let step = step().prop_recursive(3, 24, 4, |inner| prop_oneof![2 => step(), 3 => made(inner).prop_map(Step::Make)]);
    proptest::collection::vec(made(step), 1..5)
}
