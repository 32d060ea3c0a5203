//! A request under way, from its head to the end of its response.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Method, Response, StatusCode};
use http_body::Body;

use super::{
    ending::{Begun, Ended, Left, tell},
    head::content_length,
    received::Received,
    scope::Scope,
};

/// A request under way. Dropped without a word it was left half-way.
#[derive(Debug)]
pub(super) struct Exchange {
    scope: Scope,
    /// `None` where this is no layer's to tell: one further out does.
    begun: Option<Begun>,
    received: Arc<Received>,
    status: Option<StatusCode>,
    sent: u64,
    /// So many bytes are all that is sent.
    due: Option<u64>,
    /// Whether the service's code runs: whoever is dropped meanwhile has panicked. A thread that panics says nothing of this request, its
    /// neighbours are dropped with it.
    is_inside: bool,
    has_ended: bool,
}

impl Exchange {
    pub(super) fn new(scope: Scope, begun: Option<Begun>, received: Arc<Received>) -> Self {
        Self { scope, begun, received, status: None, sent: 0, due: None, is_inside: false, has_ended: false }
    }

    /// Runs the service's code.
    pub(super) fn run<R>(&mut self, code: impl FnOnce() -> R) -> R {
        self.is_inside = true;
        let given = self.scope.run(code);
        self.is_inside = false;
        given
    }

    /// Runs one poll of it.
    pub(super) fn poll<T>(&mut self, context: &mut Context<'_>, poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        self.is_inside = true;
        let polled = self.scope.poll(context, poll);
        self.is_inside = false;
        polled
    }

    /// Drops what is the service's. Whether it was left by a panic stays as it was.
    pub(super) fn drop_within(&self, drop: impl FnOnce()) {
        self.scope.run(drop);
    }

    /// The service has answered: what remains is the body, of which nothing is sent where the request or the status forbid it.
    pub(super) fn answered<B: Body>(&mut self, response: &mut Response<B>, method: &Method) {
        let status = response.status();
        let is_bare = *method == Method::HEAD
            || status.is_informational()
            || status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED;
        let body = response.body();
        // Servers stop at the announced size, and drop the body without asking for its end.
        let announced = || content_length(response.headers());
        self.due = if is_bare || body.is_end_stream() { Some(0) } else { body.size_hint().exact().or_else(announced) };
        self.status = Some(status);
        if let Some(begun) = &self.begun {
            begun.id.tell(response.headers_mut());
        }
    }

    /// Bytes were handed over; whether no more come.
    pub(super) fn sent(&mut self, bytes: usize, is_last: bool) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if is_last {
            self.due = Some(self.sent);
        }
    }

    /// The end, told once.
    pub(super) fn end(&mut self, left: Left) {
        if !self.has_ended {
            self.end_with(left, || ());
        }
    }

    /// Drops what is the service's, and tells the end, once: both stand where the request does.
    pub(super) fn end_with(&mut self, left: Left, drop: impl FnOnce()) {
        let Self { scope, begun, received, status, sent, has_ended, .. } = self;
        // A service that fails for want of a body that breaks off is not to blame.
        let left = if left == Left::Failed && received.is_broken() { Left::Dropped } else { left };
        let ended = Ended { left, status: *status, sent: *sent };
        scope.run(|| {
            drop();
            if !std::mem::replace(has_ended, true)
                && let Some(begun) = begun
            {
                tell(scope, begun, received, ended);
            }
        });
        self.received.leave();
        // Whoever keeps the body does not keep the span.
        self.scope = Scope::none();
    }

    /// The same where nobody says how it has ended: it was dropped, perhaps when all was sent.
    pub(super) fn leave_with(&mut self, drop: impl FnOnce()) {
        self.end_with(self.left(), drop);
    }

    fn left(&self) -> Left {
        let is_all_sent = self.due.is_some_and(|due| self.sent >= due);
        match self.is_inside {
            true => Left::Panicked,
            false if is_all_sent => Left::Whole,
            false => Left::Dropped,
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end(self.left());
    }
}
