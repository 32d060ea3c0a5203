//! Calls an LLM three times and shows what becomes of it: log lines with trace ids, spans, token counters, and a finding on the
//! call whose answer told no usage.
//!
//!     cargo run --example quickstart
//!
//! needs no network and no key: a provider is embedded. With `OPENAI_BASE_URL` and `OPENAI_API_KEY` set (and `OPENAI_MODEL`, if you
//! like) it calls that one instead.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod show;

use std::error::Error;

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::chat::{
        ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
        CreateChatCompletionResponse,
    },
};
use llm_span::{CollectFindings, JsonLogs, LlmLayer, Prometheus, llm_span};
use llm_span_examples::{endpoint::Endpoint, provider};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::{Instrument as _, level_filters::LevelFilter};
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The function you have, annotated.
#[llm_span(operation = "chat", provider = "openai", model = request.model, usage = openai(id, model, finish_reasons))]
async fn complete(
    client: &Client<OpenAIConfig>,
    request: CreateChatCompletionRequest,
) -> Result<CreateChatCompletionResponse, OpenAIError> {
    let response = client.chat().create(request).await?;
    tracing::info!(choices = response.choices.len(), "response generated");
    Ok(response)
}

/// What a service does with a request: the call's span becomes a child of the request's.
async fn answer(endpoint: &Endpoint, model: &str, question: &str) {
    let ask = async {
        let message = ChatCompletionRequestUserMessage::from(question);
        let request = CreateChatCompletionRequestArgs::default().model(model).messages([message.into()]).build()?;
        complete(&endpoint.client, request).await
    };
    if let Err(error) = ask.await {
        tracing::warn!(%error, "no answer");
    }
}

/// What the layers feed.
struct Telemetry {
    tracer: SdkTracerProvider,
    spans: InMemorySpanExporter,
    metrics: Prometheus,
    findings: CollectFindings,
}

impl Telemetry {
    /// Installs the layers. In your program, an exporter of your choice stands in place of the one that keeps spans in memory.
    fn install() -> Result<Self, Box<dyn Error>> {
        let spans = InMemorySpanExporter::default();
        let tracer = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();

        let metrics = Prometheus::new();
        let findings = CollectFindings::default();
        let llm = LlmLayer::builder().metrics(metrics.clone()).findings(findings.clone());
        tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(tracer.tracer("quickstart")))
            .with(llm.build())
            // A filter goes to the logs, not to all: who hides the spans hides the calls.
            .with(JsonLogs::new(std::io::stdout).with_llm_fields(true).with_filter(LevelFilter::INFO))
            .try_init()?;
        Ok(Self { tracer, spans, metrics, findings })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = Endpoint::from_env().await?;
    let telemetry = Telemetry::install()?;

    show::title("Log lines");
    // A real server tells usage with each answer: its third call is as good as its first.
    let without_usage = if endpoint.embedded.is_some() { provider::Model::NoUsage.name() } else { &endpoint.model };
    for (request, model) in (1_i64..).zip([&endpoint.model, "gpt-unknown", without_usage]) {
        let span = tracing::info_span!("GET /explain", request);
        answer(&endpoint, model, "Explain tracing in one sentence.").instrument(span).await;
    }

    show::title("Spans");
    show::spans(&telemetry.spans.get_finished_spans()?);
    show::title("Counters, as Prometheus scrapes them");
    show::counters(&telemetry.metrics.render(None).body);
    show::title("Findings");
    show::findings(&telemetry.findings.take());

    telemetry.tracer.shutdown()?;
    Ok(())
}
