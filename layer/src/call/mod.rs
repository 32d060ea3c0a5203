//! The run time of a call: from the span's creation to the record of its outcome.

mod builder;
mod handle;
mod late;
pub mod private;
mod probe;
mod run;
mod scope;
mod settle;
mod site;
pub(crate) mod stamp;

pub use builder::{CallBuilder, CallGuard, call};
pub use handle::{CallHandle, current_call, record_model, record_response, record_usage};

#[cfg(feature = "layer")]
pub(crate) use site::empty_span;

use std::sync::Arc;

use llm_span_contract::Outcome;
use tracing::Span;

use crate::usage::Report;
use late::Late;
use site::Site;

/// A call under way. Dropped before its outcome was recorded, it was cancelled, or it panicked.
#[derive(Debug)]
pub struct Call {
    site: &'static Site,
    span: Span,
    tracking: Tracking,
    /// What was recorded in the body; made when something is, or when a handle is asked for.
    late: Option<Arc<Late>>,
    /// Whether the body is running. Still set when the call is dropped, it was left by a panic.
    inside: bool,
}

/// Whether anybody listens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tracking {
    /// Its span is enabled and its outcome is to be recorded.
    Open,
    /// Its outcome has been recorded.
    Finished,
    /// Its span is disabled, others' may not be: what its body records must not end on an outer call.
    Hidden,
    /// No subscriber at all.
    Off,
}

impl Call {
    fn open(site: &'static Site, span: Span) -> Self {
        let tracking = if span.is_disabled() { Tracking::Hidden } else { Tracking::Open };
        Self { site, span, tracking, late: None, inside: false }
    }

    fn disabled(site: &'static Site) -> Self {
        let off = tracing::level_filters::LevelFilter::current() == tracing::level_filters::LevelFilter::OFF;
        let tracking = if off { Tracking::Off } else { Tracking::Hidden };
        Self { site, span: Span::none(), tracking, late: None, inside: false }
    }

    /// The call's span; disabled where nobody listens.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Records how the call ended, once.
    fn finish(&mut self, outcome: Outcome, report: Report<'_>, error_type: Option<&str>) {
        if self.tracking != Tracking::Open {
            return;
        }
        self.tracking = Tracking::Finished;
        let late = self.late.take().map(|late| late.close());
        stamp::finish(self.site, &self.span, outcome, report, late.as_ref(), error_type);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.tracking == Tracking::Open {
            let (outcome, error_type) = if self.inside { (Outcome::Panic, Some("panic")) } else { (Outcome::Cancelled, None) };
            self.finish(outcome, Report::default(), error_type);
        }
    }
}
