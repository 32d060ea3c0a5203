//! `POST /v1/responses`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};

use super::{
    background,
    draft::{self, Draft},
    request::{Asked, Way},
    shown::{self, Echo},
    stream,
};
use crate::{
    api::{body::Fields, error::ApiError, gateway::Gateway, generate, sse},
    app::App,
    store::Conversation,
};

/// Answers: at once, event by event, or later.
pub(in crate::api) async fn create(gateway: Gateway, fields: Fields) -> Result<Response, ApiError> {
    let asked = Asked::read(fields)?;
    let way = asked.way;
    let draft = Draft::of(&gateway, asked, way == Way::Background).await?;
    match way {
        Way::Whole => whole(gateway, draft).await,
        Way::Streamed => streamed(gateway, draft).await,
        Way::Background => background::queue(gateway, draft).await,
    }
}

/// What has failed has no id that the client knows, and is not kept.
async fn whole(gateway: Gateway, draft: Draft) -> Result<Response, ApiError> {
    let Draft { request, mut conversation, mut echo } = draft;
    let generated = generate::whole(&gateway, request, Some(gateway.time_limit)).await?;
    let answer = draft::answered(generated.text, generated.finish_reason.as_deref(), generated.usage);
    draft::append(&mut conversation, answer);
    keep(&gateway, &conversation, &mut echo).await;
    Ok(Json(shown::response(&conversation, &echo)).into_response())
}

/// Keeps an answer, if that was asked for. Where the store fails, which the log and its metrics tell, the client gets the answer all the same,
/// and is told that it is not stored: it is there, and is paid for.
pub(super) async fn keep(app: &App, conversation: &Conversation, echo: &mut Echo) {
    if echo.store {
        echo.store = app.store.create(conversation.clone()).await.map_err(ApiError::from).is_ok();
    }
}

async fn streamed(gateway: Gateway, draft: Draft) -> Result<Response, ApiError> {
    let Draft { request, conversation, echo } = draft;
    let answer = generate::stream(&gateway, request).await?;
    Ok(sse::respond(stream::Told::new(gateway.app, answer, conversation, echo)))
}
