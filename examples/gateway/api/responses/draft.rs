//! A response before its answer is there.

use super::{id, request::Asked, shown::Echo};
use crate::{
    api::{error::ApiError, gateway::Gateway, messages, now},
    provider::{GenerateRequest, Message, Role, TokenUsage},
    store::{Addition, Conversation, Status, StoreError},
};

/// What is asked of the provider, and what will be kept.
pub(super) struct Draft {
    pub(super) request: GenerateRequest,
    /// In progress: all that was said, and no answer. It tells the model that was asked for, which is known from the beginning.
    pub(super) conversation: Conversation,
    pub(super) echo: Echo,
}

impl Draft {
    /// Reads what was said before.
    pub(super) async fn of(gateway: &Gateway, asked: Asked, background: bool) -> Result<Self, ApiError> {
        let Asked { model, input, previous_response_id, echo, .. } = asked;
        let mut messages = match &previous_response_id {
            Some(id) => previous(gateway, id).await?,
            None => Vec::new(),
        };
        messages.extend(input);
        // They hold for this response alone, so they are no part of what is kept.
        let instructions = echo.instructions.clone().map(|content| Message { role: Role::System, content });
        let request = GenerateRequest {
            model: model.clone(),
            messages: instructions.into_iter().chain(messages.iter().cloned()).collect(),
            temperature: echo.temperature.map(messages::narrow),
            top_p: echo.top_p.map(messages::narrow),
            max_tokens: echo.max_output_tokens,
        };
        let conversation = Conversation {
            id: id::new(),
            owner: gateway.owner().map(str::to_owned),
            model,
            created_at: now(),
            status: Status::InProgress,
            messages,
            usage: None,
            error: None,
            previous_response_id,
            background,
        };
        Ok(Self { request, conversation, echo })
    }
}

async fn previous(gateway: &Gateway, id: &str) -> Result<Vec<Message>, ApiError> {
    let unknown = || {
        let message = "there is no response with that id; was it stored, and not deleted since?";
        ApiError::invalid("previous_response_id", message).code("previous_response_not_found")
    };
    if !id::is_one(id) {
        return Err(unknown());
    }
    let conversation = match gateway.store.get(gateway.owner(), id).await {
        Ok(conversation) => conversation,
        Err(StoreError::NotFound) => return Err(unknown()),
        Err(error) => return Err(error.into()),
    };
    match conversation.status {
        Status::Completed | Status::Incomplete => Ok(conversation.messages),
        Status::Queued | Status::InProgress => {
            let message = "that response is not completed yet; wait until it is";
            Err(ApiError::invalid("previous_response_id", message).code("previous_response_not_completed"))
        }
        Status::Failed | Status::Cancelled => {
            let message = "that response has no answer; name the one before it";
            Err(ApiError::invalid("previous_response_id", message).code("previous_response_not_completed"))
        }
    }
}

/// The answer is there. One that was cut off is incomplete, and its `error` is the reason.
pub(super) fn answered(text: String, finish_reason: Option<&str>, usage: Option<TokenUsage>) -> Addition {
    let reason = match finish_reason {
        Some("length") => Some("max_output_tokens"),
        Some("content_filter") => Some("content_filter"),
        _ => None,
    };
    let status = if reason.is_some() { Status::Incomplete } else { Status::Completed };
    let messages = vec![Message { role: Role::Assistant, content: text }];
    Addition { status, messages, usage, error: reason.map(str::to_owned) }
}

/// There is no answer, for a reason that the client may read.
pub(super) fn failed(why: impl Into<String>) -> Addition {
    Addition { status: Status::Failed, messages: Vec::new(), usage: None, error: Some(why.into()) }
}

/// How the conversation goes on, for one that is not in the store yet.
pub(super) fn append(conversation: &mut Conversation, addition: Addition) {
    let Addition { status, messages, usage, error } = addition;
    conversation.status = status;
    conversation.messages.extend(messages);
    conversation.usage = usage;
    conversation.error = error;
}
