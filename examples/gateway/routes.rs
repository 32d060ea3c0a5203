//! What stands before the application: the order of the middleware, and the routes beside the API.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, MatchedPath, State},
    http::StatusCode,
    middleware::from_fn_with_state,
    response::IntoResponse,
    routing::get,
};
use llm_span::{
    pipeline::Guard,
    propagation::{RequestNames, ServerLayer},
};
use serde_json::json;

use crate::{
    admission::{
        auth::{Keys, authenticate},
        rate_limit::{Limiter, limit},
    },
    api,
    app::App,
};

/// Who is let in, with what.
pub(crate) struct Admission {
    pub(crate) keys: Arc<Keys>,
    pub(crate) limiter: Arc<Limiter>,
    /// The longest body, in bytes.
    pub(crate) body_limit: usize,
}

/// A request goes through these from top to bottom: log line, span and metrics (all of them by [`ServerLayer`], since the log line has the ids of
/// the span, and metrics are derived from it), rate limit, authentication, routes. Health and metrics are for those who run the gateway: they need no
/// key, and have no limit.
pub(crate) fn router(app: Arc<App>, admission: Admission, telemetry: &Guard) -> Router {
    let Admission { keys, limiter, body_limit } = admission;
    // The last layer is the outermost.
    let api = api::routes()
        .fallback(api::not_found)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(from_fn_with_state(keys, authenticate))
        .layer(from_fn_with_state(limiter, limit));
    let mut router = Router::new().route("/health", get(health)).merge(api);
    if let (Some(metrics), Some(path)) = (telemetry.prometheus(), served_here(telemetry)) {
        router = router.route_service(path, metrics);
    }
    let observed = ServerLayer::new()
        .names(RequestNames::LlmGateway)
        .component("Gateway")
        .route(|request| request.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()));
    router.with_state(app).layer(observed)
}

/// Where metrics have a listener of their own, as those of several workers have, they are not told here: it would be another worker's each time.
fn served_here(telemetry: &Guard) -> Option<&str> {
    let has_listener = telemetry.settings().prometheus.as_ref().is_some_and(|prometheus| prometheus.listen.is_some());
    telemetry.metrics_path().filter(|_| !has_listener)
}

/// Whether it can serve: the store answers.
async fn health(State(app): State<Arc<App>>) -> impl IntoResponse {
    let backend = app.store.backend();
    match app.store.count().await {
        Ok(_) => (StatusCode::OK, Json(json!({ "status": "ok", "store": backend }))),
        Err(error) => {
            tracing::warn!(%error, "not healthy");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "store unavailable", "store": backend })))
        }
    }
}
