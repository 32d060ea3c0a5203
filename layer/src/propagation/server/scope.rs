//! What is current while a request's code runs.

use std::{
    fmt,
    future::{Future as _, poll_fn},
    pin::pin,
    task::{Context, Poll},
};

use tracing::Span;

use crate::correlation::Correlation;

/// What is current while a request's code runs: its span, what it carries, its ids.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) span: Span,
    /// What came with the request: what is sent on passes it on, also where the span is nobody's.
    pub(super) context: Option<opentelemetry::Context>,
    pub(super) correlation: Correlation,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("span", &self.span.id()).finish_non_exhaustive()
    }
}

impl Scope {
    /// That of nobody.
    pub(super) fn none() -> Self {
        Self { span: Span::none(), context: None, correlation: Correlation::new() }
    }

    pub(super) fn run<R>(&self, code: impl FnOnce() -> R) -> R {
        // A span that starts when it is entered is given the ids that are current.
        self.correlation.in_scope(|| {
            let _attached = self.context.clone().map(opentelemetry::Context::attach);
            // Above the context that has come: what is opened inside is the span's.
            let _entered = self.span.enter();
            code()
        })
    }

    /// The same for one poll. What the code makes current and wrongly keeps across an `.await` does not stay.
    pub(super) fn poll<T>(&self, context: &mut Context<'_>, poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let _attached = self.context.clone().map(opentelemetry::Context::attach);
        let _entered = self.span.enter();
        pin!(self.correlation.run(poll_fn(poll))).poll(context)
    }
}
