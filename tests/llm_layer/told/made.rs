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
    told: Told,
    steps: Vec<Step>,
    ending: Ending,
}

/// What a call tells of its request, and what it belongs to.
#[derive(Clone, Debug)]
struct Told {
    temperature: Option<f64>,
    max_tokens: Option<i64>,
    choices: Option<u64>,
    stop: Option<&'static str>,
    ids: [Option<&'static str>; 3],
    agent: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Chat,
    Conventional,
    Fields,
    Parameters,
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

#[llm_span(
    operation = "chat",
    provider = provider,
    model = model,
    usage = in_body,
    temperature = told.temperature,
    max_tokens = told.max_tokens,
    conversation = told.ids[0],
    session = told.ids[1],
    user = told.ids[2],
    fields(gen_ai.request.choice.count = told.choices, gen_ai.request.stop_sequences = told.stop.map(|stop| [stop]), gen_ai.agent.id = ?told.agent, tenant = told.agent),
)]
fn with_parameters(provider: &str, model: &str, told: &Told, body: &dyn Fn() -> Done) -> Done {
    body()
}

fn built(provider: &'static str, model: &'static str, told: &Told, body: impl FnOnce() -> Done) -> Done {
    let mut call = call(Operation::Chat, provider, model);
    if let Some(temperature) = told.temperature {
        call = call.temperature(temperature);
    }
    if let Some(max_tokens) = told.max_tokens {
        call = call.max_tokens(max_tokens).seed(max_tokens);
    }
    if let Some(agent) = told.agent {
        call = call.agent_name(agent);
    }
    let [conversation, session, user] = told.ids;
    call = conversation.into_iter().fold(call, llm_span::CallBuilder::conversation);
    call = session.into_iter().fold(call, llm_span::CallBuilder::session);
    user.into_iter().fold(call, llm_span::CallBuilder::user).in_scope_in_body(body)
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
        let Self { provider, model, told, .. } = self;
        let _ = catch_unwind(AssertUnwindSafe(|| match self.how {
            How::Chat => chat(provider, model, &body),
            How::Conventional => conventional(provider, model, &body),
            How::Fields => with_fields(provider, model, &body),
            How::Parameters => with_parameters(provider, model, told, &body),
            How::Embeddings => embeddings(provider, model, &body),
            How::ModelInBody => model_in_body(provider, &body),
            How::Agent => llm_span::agent(*model).in_scope_in_body(body),
            How::Tool => llm_span::tool(*model).in_scope_in_body(body),
            How::Builder => built(provider, model, told, body),
            How::Foreign => foreign(&body),
            How::Phase => tracing::info_span!("phase").in_scope(body),
        }));
    }
}

impl Made {
    /// The same without outcomes that are recorded by hand: these end a call at once only where the layer keeps how it began.
    pub(super) fn ending_once(&self) -> Self {
        let steps = self.steps.iter().filter(|step| !matches!(step, Step::Text("llm.outcome", _)));
        let step = |step: &Step| match step {
            Step::Make(made) => Step::Make(made.ending_once()),
            other => other.clone(),
        };
        Self { steps: steps.map(step).collect(), ..self.clone() }
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

fn told() -> impl Strategy<Value = Told> {
    let temperature = proptest::sample::select(vec![0.5, 0.5, 0.0, -1.0, 3.0, f64::NAN, f64::INFINITY]);
    let max_tokens = proptest::sample::select(vec![7, 7, 7, 8, 0, -1, i64::from(u32::MAX) + 1, i64::MAX]);
    let choices = proptest::sample::select(vec![1, 1, 2, u64::MAX]);
    let stop = proptest::sample::select(vec!["end", "\"", " "]);
    let id = || proptest::option::of(proptest::sample::select(vec!["ann", "ann", "bob", " ", ""]));
    let often = proptest::option::weighted(0.2, choices);
    let (ids, agent) = ([id(), id(), id()], id());
    (
        proptest::option::of(temperature),
        proptest::option::of(max_tokens),
        often,
        proptest::option::weighted(0.2, stop),
        ids,
        agent,
    )
        .prop_map(|(temperature, max_tokens, choices, stop, ids, agent)| Told {
            temperature,
            max_tokens,
            choices,
            stop,
            ids,
            agent,
        })
}

fn step() -> impl Strategy<Value = Step> {
    let int_keys = vec![
        "llm.tokens.prompt",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "llm.stream.chunks",
        "gen_ai.request.max_tokens",
    ];
    let double_keys = vec!["llm.cost.usd", "gen_ai.request.temperature"];
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
        "session.id",
        "gen_ai.request.temperature",
        "gen_ai.agent.name",
    ];
    let texts = vec!["ok", "error", "gpt-4o", "ERROR", "chat", "plan", "5", " "];
    prop_oneof![
        6 => usage().prop_map(Step::Usage),
        2 => name().prop_map(Step::Model),
        2 => name().prop_map(Step::Response),
        1 => (proptest::sample::select(int_keys), -1..4_i64).prop_map(|(key, value)| Step::Int(key, value)),
        1 => (proptest::sample::select(double_keys), proptest::sample::select(vec![0.5, -1.0, f64::NAN, 1e300])).prop_map(|(key, amount)| Step::Double(key, amount)),
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
        How::Parameters,
        How::Parameters,
        How::Parameters,
        How::Embeddings,
        How::ModelInBody,
        How::Agent,
        How::Tool,
        How::Builder,
        How::Builder,
        How::Foreign,
        How::Phase,
    ]);
    let ending = prop_oneof![6 => Just(Ending::Ok), 1 => Just(Ending::Fails), 1 => Just(Ending::Panics)];
    let steps = proptest::collection::vec(below, 0..5);
    (how, provider(), name(), told(), steps, ending).prop_map(|(how, provider, model, told, steps, ending)| Made {
        how,
        provider,
        model,
        told,
        steps,
        ending,
    })
}

pub(super) fn all_made() -> impl Strategy<Value = Vec<Made>> {
    let step = step().prop_recursive(3, 24, 4, |inner| prop_oneof![2 => step(), 3 => made(inner).prop_map(Step::Make)]);
    proptest::collection::vec(made(step), 1..5)
}
