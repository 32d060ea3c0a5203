//! What clients may ask, as the OpenAI API has it.

mod body;
mod chat;
mod error;
mod gateway;
mod generate;
mod messages;
mod models;
mod responses;
mod sse;

#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

pub(crate) use body::limit_announced;
pub(crate) use error::{ApiError, method_not_allowed, not_found};
pub(crate) use models::Models;

/// The routes of the application.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/responses", post(responses::create).get(responses::list))
        .route("/v1/responses/{id}", get(responses::get).delete(responses::delete))
        .route("/v1/responses/{id}/input_items", get(responses::input_items))
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
