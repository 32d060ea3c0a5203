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

const HEALTH: &str = "/health";
/// What is below it is the application's.
const API: &str = "/v1/";

/// Who is let in, with what.
pub(crate) struct Admission {
    pub(crate) keys: Arc<Keys>,
    pub(crate) limiter: Arc<Limiter>,
    /// The longest body, in bytes.
    pub(crate) body_limit: usize,
    /// Whether requests are believed which trace and which user they are of.
    pub(crate) trusts: bool,
}

/// A request goes through these from top to bottom: log line, span and metrics (all of them by [`ServerLayer`], since the log line has the ids of
/// the span, and metrics are derived from it), rate limit, authentication, routes. Health and metrics are for those who run the gateway: they need no
/// key, and have no limit. What is not there needs no key either.
///
/// # Errors
///
/// Where metrics can't be served at the path that is set.
pub(crate) fn router(app: Arc<App>, admission: Admission, telemetry: &Guard) -> Result<Router, String> {
    let Admission { keys, limiter, body_limit, trusts } = admission;
    // The last layer is the outermost.
    let api = api::routes()
        .route_layer(from_fn_with_state(keys, authenticate))
        .fallback(api::not_found)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(from_fn_with_state(body_limit, api::limit_announced))
        .layer(from_fn_with_state(limiter, limit));
    let mut router = Router::new().route(HEALTH, get(health)).merge(api);
    if let (Some(metrics), Some(path)) = (telemetry.prometheus(), served_here(telemetry)) {
        check(path)?;
        router = router.route_service(path, metrics);
    }
    let mut observed = ServerLayer::new()
        .names(RequestNames::LlmGateway)
        .component("Gateway")
        .route(|request| request.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()));
    if !trusts {
        observed = observed.untrusted();
    }
    Ok(router.with_state(app).layer(observed))
}

/// Where metrics have a listener of their own, as those of several workers have, they are not told here: it would be another worker's each time.
fn served_here(telemetry: &Guard) -> Option<&str> {
    let has_listener = telemetry.settings().prometheus.as_ref().is_some_and(|prometheus| prometheus.listen.is_some());
    telemetry.metrics_path().filter(|_| !has_listener)
}

/// Whether a path is free. The router would panic at one that is not, and read braces as a pattern.
fn check(path: &str) -> Result<(), String> {
    let is_taken = path == HEALTH || path == "/" || path.starts_with(API);
    let is_pattern = path.contains(['{', '}', '*', '?', '#']) || path.split('/').any(|part| part.starts_with(':'));
    match (is_taken, is_pattern) {
        (true, _) => {
            Err(format!("the path of metrics is `{path}`, where the gateway serves something else; choose another: /metrics"))
        }
        (_, true) => Err(format!("the path of metrics is `{path}`; expected one without any of `{{}}*?#` and `/:`: /metrics")),
        _ => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn metrics_are_served_where_nothing_else_is() {
        for path in ["/metrics", "/internal/metrics", "/healthz"] {
            assert_eq!(check(path), Ok(()));
        }
        for path in ["/health", "/", "/v1/responses", "/v1/x", "/{x", "/{*x}", "/:x", "/m?a"] {
            assert!(check(path).is_err_and(|why| why.contains(path) && why.contains("/metrics")), "{path}");
        }
    }
}
