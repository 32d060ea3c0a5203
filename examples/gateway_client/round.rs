//! One round through what the gateway serves, each step in a trace of its own.

use std::{fmt::Display, future::Future, time::Duration};

use llm_span::propagation::Carried;
use tracing::{Instrument as _, info_span};

use crate::gateway::{Failure, Gateway};

/// So often it is asked whether a background response is there, and so long it is waited between.
const ASKED: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(50);

/// What was done, and what came of it.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) trace_id: Option<String>,
    pub(crate) outcome: Result<String, String>,
}

/// All of them; what needs an earlier response is left out where that failed.
pub(crate) async fn all(gateway: &Gateway, model: &str) -> Vec<Step> {
    let mut done = Vec::new();
    step(&mut done, "a chat", gateway.chat(model, "When does the next train leave for Lyon?")).await;
    step(&mut done, "a chat, streamed (pieces)", gateway.chat_streamed(model, "And the one after that?")).await;
    let first = step(&mut done, "a response", gateway.respond(model, "Which platform?", None)).await;
    let Some(first) = first else { return done };
    let second = step(&mut done, "a response to that", gateway.respond(model, "How long does it take?", Some(&first))).await;
    let later = step(&mut done, "one in the background", gateway.respond_later(model, "Write a guide.")).await;
    if let Some(later) = &later {
        step(&mut done, "  until it was there", until_it_is_there(gateway, later)).await;
    }
    for id in [Some(first), second, later].into_iter().flatten() {
        step(&mut done, "the response deleted", async { gateway.delete(&id).await.map(|()| id.clone()) }).await;
    }
    done
}

async fn step<T: Display>(done: &mut Vec<Step>, name: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Option<T> {
    let (trace_id, outcome) = async {
        let trace_id = Carried::current().trace_id();
        (trace_id, work.await)
    }
    .instrument(info_span!("step", otel.name = name.trim()))
    .await;
    let told = outcome.as_ref().map(|value| shortened(&value.to_string())).map_err(Failure::to_string);
    done.push(Step { name, trace_id, outcome: told });
    outcome.ok()
}

async fn until_it_is_there(gateway: &Gateway, id: &str) -> Result<String, Failure> {
    for _ in 0..ASKED {
        let status = gateway.status(id).await?;
        if status != "queued" && status != "in_progress" {
            return Ok(status);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Ok("it still is not".to_owned())
}

fn shortened(text: &str) -> String {
    let first: String = text.chars().take(40).collect();
    if first.len() < text.len() { format!("{first}…") } else { first }
}
