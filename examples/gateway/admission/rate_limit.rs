//! How many requests a client may send.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use governor::Quota;
use tracing::Span;

use super::{
    auth::Keys,
    buckets::{Asker, Buckets},
    credential::Shown,
};
use crate::api::ApiError;

/// What each client has left.
pub(crate) struct Limiter {
    buckets: Buckets,
    keys: Option<Arc<Keys>>,
}

impl Limiter {
    /// So many requests a second for each client, so many at once. A client is who shows the same credential, else who has the same address.
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self::of(Quota::per_second(per_second).allow_burst(burst))
    }

    fn of(quota: Quota) -> Self {
        Self { buckets: Buckets::new(quota), keys: None }
    }

    /// Only these are credentials: who shows another goes by the address, and can't try one after another without end.
    #[must_use]
    pub(crate) fn knowing(self, keys: Arc<Keys>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    fn asker(&self, request: &Request) -> Asker {
        let is_known = |key: &[u8]| self.keys.as_ref().is_none_or(|keys| keys.name_of(key).is_some());
        if let Shown::Key(key) = Shown::of(request.headers())
            && is_known(key)
        {
            return self.buckets.credential(key);
        }
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        peer.map_or(Asker::Somebody, |ConnectInfo(peer)| Asker::at(peer.ip()))
    }
}

/// Lets in who has something left.
pub(crate) async fn limit(State(limiter): State<Arc<Limiter>>, request: Request, next: Next) -> Response {
    match limiter.buckets.take(limiter.asker(&request)) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            // The request's span: what has counted rejections reads it there.
            Span::current().record("twinkle.rate_limited", true);
            too_many(wait)
        }
    }
}

fn too_many(wait: Duration) -> Response {
    let seconds = whole_seconds(wait);
    let message = format!("Too many requests; send the next one after {seconds} s (`Retry-After`).");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", message)
        .code("rate_limit_exceeded")
        .retry_after(seconds)
        .into_response()
}

/// Rounded up: who waits as long as told is let in.
fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::{
        Router,
        body::Body,
        http::header::{AUTHORIZATION, RETRY_AFTER},
        middleware::from_fn_with_state,
        routing::get,
    };
    use http_body_util::BodyExt as _;
    use serde_json::Value;
    use tower_service::Service as _;
    use tracing::{Instrument as _, field::Empty, info_span};

    use super::*;
    use crate::testing::Telemetry;

    /// Two at once, one an hour: nothing comes back while a test runs.
    fn limiter() -> Limiter {
        Limiter::of(Quota::with_period(Duration::from_secs(3600)).unwrap().allow_burst(NonZeroU32::new(2).unwrap()))
    }

    fn service(limiter: Limiter) -> Router {
        Router::new().route("/", get(async || "in")).layer(from_fn_with_state(Arc::new(limiter), limit))
    }

    async fn ask(service: &mut Router, peer: &str, authorization: Option<&str>) -> Response {
        let mut request = Request::builder().uri("/");
        if !peer.is_empty() {
            request = request.extension(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        service.call(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn statuses<const N: usize>(service: &mut Router, all: [(&str, Option<&str>); N]) -> Vec<u16> {
        let mut statuses = Vec::new();
        for (peer, authorization) in all {
            statuses.push(ask(service, peer, authorization).await.status().as_u16());
        }
        statuses
    }

    #[tokio::test]
    async fn who_has_nothing_left_is_told_when_to_come_back() {
        let mut service = service(limiter());
        assert_eq!(statuses(&mut service, [("192.0.2.1", None); 2]).await, [200, 200]);
        let response = ask(&mut service, "192.0.2.1", None).await;
        assert_eq!(response.status(), 429);
        let seconds: u64 = response.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
        assert!((3500..=3600).contains(&seconds), "{seconds}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let error = &serde_json::from_slice::<Value>(&body).unwrap()["error"];
        assert_eq!((&error["type"], &error["code"]), (&"rate_limit_error".into(), &"rate_limit_exceeded".into()));
        assert!(error["message"].as_str().unwrap().contains(&seconds.to_string()));
    }

    #[tokio::test]
    async fn clients_go_by_their_credential_then_by_their_address_then_together() {
        let mut service = service(limiter());
        let (one, other) = (Some("Bearer one"), Some("Bearer other"));
        let seen = statuses(&mut service, [("192.0.2.1", one), ("192.0.2.2", one), ("192.0.2.3", one), ("192.0.2.3", other)]);
        assert_eq!(seen.await, [200, 200, 429, 200]);
        let seen =
            statuses(&mut service, [("192.0.2.1", None), ("::ffff:192.0.2.1", None), ("192.0.2.1", None), ("192.0.2.2", None)]);
        assert_eq!(seen.await, [200, 200, 429, 200]);
        assert_eq!(statuses(&mut service, [("", None); 3]).await, [200, 200, 429]);
    }

    #[tokio::test]
    async fn one_credential_after_another_is_one_client_where_the_keys_are_known() {
        let mut service = service(limiter().knowing(Arc::new(Keys::of("front: sk-front"))));
        let tries = [("192.0.2.1", Some("Bearer a")), ("192.0.2.1", Some("Bearer b")), ("192.0.2.1", Some("Bearer c"))];
        assert_eq!(statuses(&mut service, tries).await, [200, 200, 429]);
        assert_eq!(statuses(&mut service, [("192.0.2.1", Some("Bearer sk-front"))]).await, [200]);
    }

    #[tokio::test]
    async fn rejections_are_counted_on_the_span_of_the_request() {
        let telemetry = Telemetry::start();
        let mut service = service(limiter());
        for _ in 0..5 {
            let span = info_span!(
                "request",
                otel.kind = "server",
                http.request.method = "GET",
                twinkle.component = "Gateway",
                twinkle.rate_limited = Empty
            );
            ask(&mut service, "192.0.2.1", None).instrument(span).await;
        }
        assert_eq!(telemetry.sum("twinkle_rate_limit_rejections_total", &[r#"deployment="Gateway""#]), Some(3.0));
        assert_eq!(telemetry.sum("twinkle_http_requests_total", &[]), Some(5.0));
    }

    #[test]
    fn what_is_told_in_whole_seconds_is_never_too_short() {
        let told = [0, 1, 1000, 1001, 1999, 60_000].map(|wait| whole_seconds(Duration::from_millis(wait)));
        assert_eq!(told, [1, 1, 1, 2, 2, 60]);
    }
}
