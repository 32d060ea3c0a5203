//! Something to be done, and its span.

use futures_util::future::BoxFuture;
use llm_span::{
    Correlation,
    propagation::{Carried, RequestId},
};
use tokio::time::timeout;
use tracing::{Span, field::Empty, info_span, warn};

use super::{caught::caught, worker::GIVING_UP};
use crate::activity::Lease;

/// Something to be done, of a kind that the metrics tell.
pub(crate) struct Task {
    /// `twinkle.task_type`.
    pub(crate) kind: &'static str,
    /// Of the request that has asked: log lines of the task have it, too.
    pub(crate) request_id: Option<RequestId>,
    /// An error is its `error.type`.
    pub(crate) work: BoxFuture<'static, Result<(), &'static str>>,
    /// Done in its place where it can't be ended.
    pub(crate) given_up: Box<dyn FnOnce(GivenUp) -> BoxFuture<'static, ()> + Send>,
}

/// Why a task was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenUp {
    TimedOut,
    /// It has panicked.
    Panicked,
    /// The gateway ends.
    Ending,
}

/// A task that waits. Its span is opened here and first entered when it is taken up: so its wait and its execution are told apart.
pub(super) struct Queued {
    pub(super) task: Task,
    pub(super) span: Span,
    /// Of the request that has asked: its trace, its ids.
    pub(super) carried: Carried,
    /// The last to be dropped: the future is resolved when the task has ended.
    pub(super) lease: Lease,
}

/// How a task has ended.
#[derive(Clone, Copy)]
pub(super) enum Ended {
    Done,
    Failed(&'static str),
    GivenUp(GivenUp),
}

impl Queued {
    pub(super) fn new(task: Task, lease: Lease) -> Self {
        let carried = Carried::current();
        let correlation = Correlation::current();
        // No child of the request's span: that would stay open as long as the task, and the request with it. It is of the same trace.
        let span = info_span!(
            parent: None,
            "twinkle.task",
            otel.status_code = Empty,
            http.request_id = task.request_id.as_ref().map(RequestId::as_str),
            twinkle.component = "Processor",
            twinkle.task_type = task.kind,
            twinkle.session_id = correlation.session_id(),
            twinkle.task.status = Empty,
            error.type = Empty,
        );
        Self { task, span, carried, lease }
    }

    /// Ends it before it was taken up. Its span is not entered: all its time it did wait.
    pub(super) async fn give_up_unstarted(self) {
        let Self { task: Task { kind, work, given_up, .. }, span, carried, lease } = self;
        // It may panic even when it is dropped.
        let _ = caught(async { drop(work) }).await;
        carried.adopt(&span);
        Ended::GivenUp(GivenUp::Ending).tell(&span, kind);
        carried.run(give_up(given_up, GivenUp::Ending)).await;
        drop(span);
        drop(lease);
    }
}

/// What is done in place of the task: it may fail, but not hold up the worker.
pub(super) async fn give_up(given_up: Box<dyn FnOnce(GivenUp) -> BoxFuture<'static, ()> + Send>, why: GivenUp) {
    let body = async move { given_up(why).await };
    match timeout(GIVING_UP / 2, caught(body)).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => warn!("giving up a task has panicked"),
        Err(_) => warn!("giving up a task took too long"),
    }
}

impl Ended {
    pub(super) fn tell(self, span: &Span, kind: &'static str) {
        let (status, error) = match self {
            Self::Done => ("completed", None),
            Self::Failed(error) => ("failed", Some(error)),
            Self::GivenUp(GivenUp::TimedOut) => ("timeout", Some("timeout")),
            Self::GivenUp(GivenUp::Panicked) => ("failed", Some("panic")),
            Self::GivenUp(GivenUp::Ending) => ("failed", Some("shutdown")),
        };
        span.record("twinkle.task.status", status);
        if let Some(error) = error {
            span.record("error.type", error);
            span.record("otel.status_code", "ERROR");
            warn!(parent: span, twinkle.task_type = kind, twinkle.task.status = status, error.type = error, "task not completed");
        }
    }
}
