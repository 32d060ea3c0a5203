//! The run time of a call: from the span's creation to the record of its outcome.

mod builder;
mod error_name;
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
#[cfg(feature = "layer")]
pub(crate) use handle::listen_for_losses;
pub use handle::{CallHandle, current_call, record_model, record_response, record_usage};

#[cfg(feature = "json")]
pub(crate) use scope::usage_so_far;
#[cfg(feature = "layer")]
pub(crate) use site::empty_span;

use std::sync::Arc;

use llm_span_contract::Outcome;
use tracing::{Span, level_filters::LevelFilter};

use crate::usage::Report;
use late::Late;
use site::Site;

/// A call under way. Dropped before its outcome was recorded, it was cancelled, or it panicked.
///
/// An enum, so that a call nobody listens to costs a comparison when it is dropped.
#[derive(Debug)]
pub enum Call {
    /// Its span is enabled.
    Open(Open),
    /// Its span is disabled, others' may not be: what its body records must not end on an outer call.
    Hidden,
    /// No subscriber at all.
    Off,
}

/// A call that somebody listens to.
#[derive(Debug)]
pub struct Open {
    site: &'static Site,
    span: Span,
    /// What was recorded in the body; made when something is, or when a handle is asked for.
    late: Option<Arc<Late>>,
    /// Whether the body is running. Still set when the call is dropped, it was left by a panic.
    inside: bool,
    /// Whether the outcome has been recorded.
    finished: bool,
}

impl Call {
    fn open(site: &'static Site, span: Span) -> Self {
        if span.is_disabled() {
            return Self::Hidden;
        }
        Self::Open(Open { site, span, late: None, inside: false, finished: false })
    }

    #[inline]
    fn disabled() -> Self {
        if LevelFilter::current() == LevelFilter::OFF { Self::Off } else { Self::Hidden }
    }

    /// The call's span; disabled where nobody listens.
    pub fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        match self {
            Self::Open(open) => &open.span,
            Self::Hidden | Self::Off => &NONE,
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
            stamp::finish(self.site, &self.span, outcome, report, late.as_ref(), error_type);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let (outcome, error_type) = if self.inside { (Outcome::Panic, Some("panic")) } else { (Outcome::Cancelled, None) };
        self.finish(outcome, Report::default(), error_type);
    }
}
