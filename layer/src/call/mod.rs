//! The run time of a call: from the span's creation to the record of its outcome.

mod beside;
mod builder;
mod chunk_times;
mod error_name;
mod handle;
mod in_call;
mod late;
mod opened;
pub mod private;
mod probe;
mod run;
mod scope;
mod settle;
mod site;
pub(crate) mod stamp;
mod stream;
mod tally;

pub use builder::{CallBuilder, CallGuard, Returned, TextList, agent, call, tool, workflow};
#[cfg(feature = "layer")]
pub(crate) use chunk_times::{ChunkListener, listen_to_chunks};
#[cfg(feature = "layer")]
pub(crate) use handle::listen_for_losses;
pub use handle::{CallHandle, current_call, estimate_usage, record_chunk, record_model, record_response, record_usage};
pub use in_call::InCall;
pub use opened::OpenCall;

#[cfg(feature = "json")]
pub(crate) use scope::usage_so_far;
#[cfg(feature = "layer")]
pub(crate) use site::empty_span;

use std::{sync::Arc, time::Instant};

use llm_span_contract::Outcome;
use tracing::{Span, level_filters::LevelFilter};

use crate::{correlation::Correlation, usage::Report};
use beside::Beside;
use late::Late;
use scope::{Dropping, Number};
use site::Site;
use stamp::{Ending, Heard};
use tally::Tally;

/// A call under way. Dropped before its outcome was recorded, it was cancelled, or it panicked.
///
/// An enum, so that a call nobody listens to costs a comparison when it is dropped.
#[derive(Debug)]
pub enum Call {
    /// Its span is enabled.
    Open(Open),
    /// Its span is disabled, others' may not be: what its body records must not end on an outer call.
    Hidden(Hidden),
    /// No subscriber at all.
    Off,
}

/// A call whose span is disabled.
#[derive(Debug)]
pub struct Hidden {
    /// Where it stands on the thread's stack, while its body runs.
    frame: Option<Number>,
}

/// A call that somebody listens to.
#[derive(Debug)]
pub struct Open {
    site: &'static Site,
    span: Span,
    started: Instant,
    /// What a layer is told again when it ends.
    heard: Heard,
    beside: Option<Box<Beside>>,
    /// What was recorded in the body; made when something is, or when a handle is asked for.
    late: Option<Arc<Late>>,
    /// Where it stands on the thread's stack, while its body runs.
    frame: Option<Number>,
    /// Its body is being dropped.
    dropping: Option<Dropping>,
    /// Whether the body is running. Still set when the call is dropped, it was left by a panic.
    inside: bool,
    /// Whether the outcome has been recorded.
    finished: bool,
}

impl Call {
    /// One that nobody listens to.
    pub const HIDDEN: Self = Self::Hidden(Hidden { frame: None });

    fn open(
        site: &'static Site,
        span: Span,
        heard: Heard,
        started: Instant,
        beside: impl FnOnce() -> Option<Box<Beside>>,
    ) -> Self {
        if span.is_disabled() {
            return Self::HIDDEN;
        }
        let beside = beside();
        Self::Open(Open {
            site,
            span,
            started,
            heard,
            beside,
            late: None,
            frame: None,
            dropping: None,
            inside: false,
            finished: false,
        })
    }

    #[inline]
    fn disabled() -> Self {
        if LevelFilter::current() == LevelFilter::OFF { Self::Off } else { Self::HIDDEN }
    }

    /// The call's span; disabled where nobody listens.
    pub fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        match self {
            Self::Open(open) => &open.span,
            Self::Hidden(_) | Self::Off => &NONE,
        }
    }

    fn finish(&mut self, outcome: Outcome, report: Report<'_>, error_type: Option<&str>) {
        if let Self::Open(open) = self {
            open.finish(outcome, report, error_type);
        }
    }
}

impl Open {
    /// Records how the call ended, once.
    fn finish(&mut self, outcome: Outcome, report: Report<'_>, error_type: Option<&str>) {
        if !std::mem::replace(&mut self.finished, true) {
            let late = self.late.take().map(|late| late.close());
            stamp::finish(self, Ending { outcome, error_type }, report, late);
        }
    }

    /// What tells it, and those above it, what the calls below have used.
    fn tally(&self) -> Option<Arc<Tally>> {
        self.beside.as_ref().and_then(|beside| beside.tally.clone())
    }

    /// What it belongs to.
    fn correlation(&self) -> Option<&Correlation> {
        self.beside.as_ref().and_then(|beside| beside.correlation.as_ref())
    }

    /// How it ends when nothing has told: it is left by a panic, or cancelled.
    fn abandon(&mut self, report: Report<'_>) {
        let (outcome, error_type) = if self.inside { (Outcome::Panic, Some("panic")) } else { (Outcome::Cancelled, None) };
        self.finish(outcome, report, error_type);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.leave_dropped();
        self.abandon(Report::default());
    }
}
