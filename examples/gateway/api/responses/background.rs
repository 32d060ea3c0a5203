//! Responses that are asked for now, and got later.

use std::sync::Arc;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use llm_span::Correlation;
use tracing::{Instrument, Span};

use super::{
    draft::{self, Draft},
    shown,
};
use crate::{
    api::{
        error::{API_ERROR, ApiError},
        gateway::Gateway,
        generate,
    },
    app::App,
    provider::{GenerateRequest, ProviderError},
    queue::{Full, GivenUp, Task},
    store::{Addition, Status, StoreError},
};

/// Keeps a response that is queued, queues it, and shows it. By a task of its own: a client that hangs up in the midst of it leaves none
/// behind that is kept and that nobody works on.
pub(super) async fn queue(gateway: Gateway, draft: Draft) -> Result<Response, ApiError> {
    gateway.models.let_in(&draft.request.model)?;
    let queued = Correlation::current().run(keep_and_push(gateway, draft)).instrument(Span::current());
    tokio::spawn(queued).await.unwrap_or_else(|_| {
        Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, API_ERROR, "the response could not be queued; try again later"))
    })
}

async fn keep_and_push(gateway: Gateway, draft: Draft) -> Result<Response, ApiError> {
    let Gateway { app, request_id, .. } = gateway;
    let Draft { request, mut conversation, echo } = draft;
    conversation.status = Status::Queued;
    app.store.create(conversation.clone()).await?;
    let response = Arc::new(Later { id: conversation.id.clone(), app: Arc::clone(&app) });
    let late = Arc::clone(&response);
    let task = Task {
        kind: "response",
        request_id,
        work: Box::pin(async move { response.work(request).await }),
        given_up: Box::new(|why| Box::pin(async move { late.give_up(why).await })),
    };
    if let Err(Full) = app.queue.push(task) {
        // Where it stays it stays queued; the log tells why.
        let _ = app.store.delete(conversation.owner.as_deref(), &conversation.id).await.map_err(ApiError::from);
        let message = "the queue of background responses is full; try again later";
        let full = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, API_ERROR, message);
        return Err(full.code("queue_full").retry_after(1));
    }
    Ok(Json(shown::response(&conversation, &echo)).into_response())
}

/// A response that is not there yet.
struct Later {
    id: String,
    app: Arc<App>,
}

impl Later {
    async fn work(&self, request: GenerateRequest) -> Result<(), &'static str> {
        let begun = Addition { status: Status::InProgress, messages: Vec::new(), usage: None, error: None };
        if !self.append(begun).await? {
            return Ok(());
        }
        // The queue gives up what takes too long.
        match generate::whole(&self.app, request, None).await {
            Ok(generated) => {
                let answer = draft::answered(generated.text, generated.finish_reason.as_deref(), generated.usage);
                self.append(answer).await.map(drop)
            }
            Err(error) => {
                let kind = error_type(&error);
                self.append(draft::failed(ApiError::from(error).message)).await?;
                Err(kind)
            }
        }
    }

    async fn give_up(&self, why: GivenUp) {
        let why = match why {
            GivenUp::TimedOut => "it took too long; try again later",
            GivenUp::Panicked => "the gateway failed; try again later",
            GivenUp::Ending => "the gateway was stopped before it was done; try again",
        };
        // The log tells where it could not be kept.
        let _ = self.append(draft::failed(why)).await;
    }

    /// Whether it is still there: its client may have deleted it, and then there is nothing to be done.
    async fn append(&self, addition: Addition) -> Result<bool, &'static str> {
        match self.app.store.append(&self.id, addition).await {
            Ok(()) => Ok(true),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => {
                // It logs what the store says.
                let _ = ApiError::from(error);
                Err("store")
            }
        }
    }
}

/// `error.type` of the task.
fn error_type(error: &ProviderError) -> &'static str {
    match error {
        ProviderError::Refused { .. } => "refused",
        ProviderError::Failed => "failed",
        ProviderError::Unreachable => "unreachable",
        ProviderError::TimedOut => "timeout",
        ProviderError::TooLong => "too_long",
    }
}
