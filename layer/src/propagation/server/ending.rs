//! How a request has ended: all that is recorded late, in one place, each once.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use http::StatusCode;

use super::{received::Received, request_id::RequestId, scope::Scope, span};
use crate::ids::SpanIds;

/// How the code of a request was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The response was handed over to its end.
    Whole,
    /// The service or the response's body gave an error.
    Failed,
    /// Dropped before the end: the client went away, or the server has given it up.
    Dropped,
    /// It has panicked.
    Panicked,
}

/// What is known of a request from its beginning.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) at: Instant,
    pub(super) id: RequestId,
    pub(super) method: &'static str,
    pub(super) route: Option<String>,
    pub(super) has_access_log: bool,
}

/// What is known of it at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) left: Left,
    pub(super) status: Option<StatusCode>,
    pub(super) sent: u64,
}

impl Ended {
    fn is_server_error(&self) -> bool {
        self.status.is_some_and(|status| status.is_server_error())
    }

    /// Of the conventions: the status, or a word of a bounded set.
    fn error_type(&self) -> Option<Cow<'static, str>> {
        match (self.left, self.status) {
            (Left::Panicked, _) => Some("panic".into()),
            (_, Some(status)) if self.is_server_error() => Some(status.as_str().to_owned().into()),
            (Left::Failed, _) => Some("_OTHER".into()),
            (Left::Dropped, _) => Some("cancelled".into()),
            (Left::Whole, _) => None,
        }
    }

    /// What it is called in the access log.
    fn word(&self) -> &'static str {
        match self.left {
            Left::Panicked => "panic",
            _ if self.is_error() => "error",
            Left::Dropped => "cancelled",
            _ => "ok",
        }
    }

    /// The status that is told. Where the service has failed before it has answered, what the client got is the server's affair, which
    /// closes the connection as a rule: metrics are to count it among the errors of the server all the same.
    fn told_status(&self) -> Option<StatusCode> {
        let is_failed = matches!(self.left, Left::Failed | Left::Panicked);
        self.status.or_else(|| is_failed.then_some(StatusCode::INTERNAL_SERVER_ERROR))
    }

    /// Whether the server is to blame: neither for what it refuses, nor for a client that goes away.
    fn is_error(&self) -> bool {
        matches!(self.left, Left::Failed | Left::Panicked) || self.is_server_error()
    }
}

/// To the microsecond, so that it is short in decimal.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1e6).round() / 1e3
}

/// Tells the end on the span, and in the access log, where it is called within the scope.
pub(super) fn tell(scope: &Scope, begun: &Begun, received: &Received, ended: Ended) {
    let status = ended.told_status().map(|status| i64::from(status.as_u16()));
    let [received, sent] = [received.size(), ended.sent].map(|size| i64::try_from(size).unwrap_or(i64::MAX));
    let ids = span::ids(&scope.span);
    let digits = |digits: fn(&SpanIds) -> &[u8]| ids.as_ref().and_then(|ids| str::from_utf8(digits(ids)).ok());
    tracing::record_all!(
        scope.span,
        otel.status_code = ended.is_error().then_some("ERROR"),
        http.request.body.size = received,
        http.response.status_code = status,
        http.status_code = status,
        http.response.body.size = sent,
        error.type = ended.error_type().as_deref(),
        trace_id = digits(|ids| ids.trace_id_hex()),
        span_id = digits(|ids| ids.span_id_hex()),
    );
    if begun.has_access_log {
        tracing::info!(
            target: "llm_span::access",
            parent: &scope.span,
            request_id = begun.id.as_str(),
            method = begun.method,
            path = begun.route.as_deref().unwrap_or("unmatched"),
            status,
            duration_ms = milliseconds(begun.at.elapsed()),
            request_bytes = received,
            response_bytes = sent,
            ended = ended.word(),
            "request served"
        );
    }
}
