//! A travel desk: an agent that streams, calls tools, tries again and is left half-way; then its trace as a tree, and its counters.
//!
//!     cargo run --example agent
//!     cargo test --example agent
//!
//! Both need no network and no key: a provider is embedded. With `OPENAI_BASE_URL` and `OPENAI_API_KEY` set (and `OPENAI_MODEL`, if you
//! like) the first calls that one instead.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod agent;
mod failure;
mod headline;
mod message;
mod show;
mod telemetry;
#[cfg(test)]
mod tests;
mod tools;
mod tree;

use std::{error::Error, time::Duration};

use async_openai::error::OpenAIError;
use futures_util::StreamExt as _;
use llm_span::llm_span;
use llm_span_examples::{
    endpoint::Endpoint,
    provider::{Model, Settings},
};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{agent::Agent, headline::Headlines, telemetry::Telemetry};

const QUESTION: &str = "What is the weather in Lyon, and when does the next train leave for Lyon?";
const CONVERSATION: &str = "conv_5j66";

/// What serves requests.
struct Desk {
    agent: Agent,
    headlines: Headlines,
}

impl Desk {
    fn new(endpoint: &Endpoint) -> Self {
        let Endpoint { client, model, embedded, .. } = endpoint;
        let flaky = if embedded.is_some() { Model::Flaky.name() } else { model };
        Self {
            agent: Agent { client: client.clone(), model: model.clone() },
            headlines: Headlines { client: client.clone(), model: flaky.to_owned() },
        }
    }
}

/// A request. The calls below it carry its conversation, it carries the sum of their tokens.
#[llm_span(
    operation = "invoke_workflow",
    workflow = "travel-desk",
    conversation = conversation,
    usage = children,
    error_type = failure::kind
)]
async fn serve(desk: &Desk, conversation: &str, question: &str, hear: impl FnMut(&str)) -> Result<String, OpenAIError> {
    let answer = desk.agent.answer(question, hear).await?;
    let headline = desk.headlines.write(&answer).await?;

    // The reader leaves after three chunks. The stream is dropped, and so its call ends as cancelled.
    let mut suggestions = desk.agent.suggest(question).await?;
    for _ in 0..3 {
        suggestions.next().await.transpose()?;
    }
    Ok(headline.text)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The client sends each request once: the attempts are this program's, and its spans show them.
    let endpoint = Endpoint::from_env_or(pace()).await?.without_retries();
    let (telemetry, subscriber) = Telemetry::new()?;
    subscriber.init();

    show::title(QUESTION);
    match serve(&Desk::new(&endpoint), CONVERSATION, QUESTION, show::word).await {
        Ok(headline) => println!("\n\nHeadline: {headline}"),
        Err(error) => println!("\n\nNo answer: {error}"),
    }

    show::title(&format!("Trace of conversation {CONVERSATION}"));
    show::tree(&tree::of(&telemetry.spans()?));
    show::title("Counters");
    let served = match &endpoint.embedded {
        Some(provider) => Some(provider.served_when(|served| served.under_way() == 0).await),
        None => None,
    };
    show::counters(&telemetry, served);
    show::title("Findings");
    show::findings(&telemetry.findings.take());
    telemetry.shutdown()?;
    Ok(())
}

/// Of the embedded provider: slow enough for a stream to be left before its end.
fn pace() -> Settings {
    Settings { first_chunk: Duration::from_millis(40), between_chunks: Duration::from_millis(10), ..Settings::default() }
}
