//! `POST /v1/chat/completions`.

mod request;
mod stream;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{body::Fields, error::ApiError, gateway::Gateway, generate, now, sse};
use crate::provider::TokenUsage;
use request::Asked;

/// Answers, at once or in chunks. Nothing is kept.
pub(super) async fn complete(gateway: Gateway, fields: Fields) -> Result<Response, ApiError> {
    let Asked { generate: request, stream, include_usage } = Asked::read(fields)?;
    let asked_model = request.model.clone();
    if stream {
        let answer = generate::stream(&gateway, request).await?;
        let (id, model) = answer.names();
        let head = Head::new(id, model, &asked_model);
        return Ok(sse::respond(stream::Chunks::new(answer, head, include_usage)));
    }
    let generated = generate::whole(&gateway, request, Some(gateway.time_limit)).await?;
    let head = Head::new(Some(&generated.id), Some(&generated.model), &asked_model);
    let message = json!({ "role": "assistant", "content": generated.text, "refusal": null });
    let finish_reason = generated.finish_reason.as_deref().unwrap_or("stop");
    let mut body = head.value("chat.completion");
    body["choices"] = json!([{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }]);
    if let Some(told) = generated.usage {
        body["usage"] = usage(told);
    }
    Ok(Json(body).into_response())
}

/// What the parts of an answer have in common.
struct Head {
    id: String,
    model: String,
    created: u64,
}

impl Head {
    /// As the provider tells, so that it is found there too; else of the gateway's own.
    fn new(id: Option<&str>, model: Option<&str>, asked_model: &str) -> Self {
        let told = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let id = told(id).unwrap_or_else(|| format!("chatcmpl-{}", Uuid::new_v4().simple()));
        Self { id, model: told(model).unwrap_or_else(|| asked_model.to_owned()), created: now() }
    }

    fn value(&self, object: &str) -> Value {
        json!({ "id": self.id, "object": object, "created": self.created, "model": self.model })
    }
}

fn usage(told: TokenUsage) -> Value {
    let TokenUsage { input_tokens, output_tokens } = told;
    let total = u64::from(input_tokens) + u64::from(output_tokens);
    json!({ "prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": total })
}
