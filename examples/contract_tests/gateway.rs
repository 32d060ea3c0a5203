//! The code under test: calls through a company's own gateway, which has lately moved the token counts in its answers.

use std::convert::Infallible;

use llm_span::{Usage, llm_span};

pub(crate) struct Gateway;

pub(crate) struct Answer {
    pub(crate) text: String,
    /// Where the counts were; still in the type, no longer in the answers.
    usage: Option<Tokens>,
    meter: Option<Tokens>,
}

#[derive(Clone, Copy)]
struct Tokens {
    prompt: u32,
    completion: u32,
}

impl From<Tokens> for Usage {
    fn from(tokens: Tokens) -> Self {
        Self::new(tokens.prompt, tokens.completion)
    }
}

impl Gateway {
    #[allow(clippy::unused_async, reason = "a real one would wait for the network")]
    async fn ask(&self, model: &str, prompt: &str) -> Result<Answer, Infallible> {
        let text = format!("{model} sums it up in a word: {}", prompt.split(' ').next_back().unwrap_or_default());
        Ok(Answer { text, usage: None, meter: Some(Tokens { prompt: 128, completion: 64 }) })
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| answer.usage.map(Usage::from))]
pub(crate) async fn summarize_broken(gateway: &Gateway, text: &str) -> Result<Answer, Infallible> {
    gateway.ask("gpt-4o", text).await
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| answer.meter.map(Usage::from))]
pub(crate) async fn summarize(gateway: &Gateway, text: &str) -> Result<Answer, Infallible> {
    gateway.ask("gpt-4o", text).await
}
