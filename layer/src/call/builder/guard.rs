//! A call between two lines of synchronous code.

use llm_span_contract::Outcome;
use tracing::{Span, span::EnteredSpan};

use super::Returned;
use crate::{
    call::{
        Call,
        error_name::error_name,
        scope::{Above, Stacked, UnheardGuard},
        settle::settle,
    },
    correlation, guard,
    usage::{IntoReport, Report, ReportUsage},
};

/// A call under way in synchronous code; made by [`CallBuilder::enter`](crate::CallBuilder::enter).
///
/// Dropped without a word it counts as cancelled, or as a panic when the thread unwinds.
#[derive(Debug)]
#[must_use = "dropped at once, the call counts as cancelled"]
pub struct CallGuard {
    call: Call,
    stacked: Stacked,
    correlation: Option<correlation::Entered>,
    _unheard: Option<UnheardGuard>,
    panicking: bool,
    _entered: EnteredSpan,
}

impl CallGuard {
    pub(super) fn new(mut call: Call) -> Self {
        if let Call::Open(open) = &mut call {
            // Kept here too: a guard that is wrongly held across an `.await` loses its place.
            open.late.get_or_insert_default();
        }
        let span = call.span().clone();
        let stacked = Stacked::of(&call, Above::Stays);
        let correlation = match &call {
            Call::Open(open) => open.correlation().map(correlation::enter),
            Call::Hidden(_) | Call::Off => None,
        };
        let unheard = matches!(call, Call::Off).then(UnheardGuard::enter);
        let panicking = std::thread::panicking();
        Self { call, stacked, correlation, _unheard: unheard, panicking, _entered: span.entered() }
    }

    /// The call has succeeded and used that much: a [`Usage`](crate::Usage), an `Option` of it, a [`Report`].
    pub fn succeed<'a>(mut self, report: impl IntoReport<'a>) {
        let report = guard::run(|| report.into_report()).unwrap_or_default();
        self.leave();
        self.call.finish(Outcome::Ok, report, None);
    }

    /// The call has failed; the error's type is recorded, its text is not.
    pub fn fail<E>(mut self, error: &E) {
        self.leave();
        self.call.finish(Outcome::Error, Report::default(), Some(error_name(error)));
    }

    /// The call has ended with what it returned, `Ok` or `Err`.
    pub fn finish<R: Returned<Response: ReportUsage>>(mut self, returned: &R) {
        self.leave();
        settle(Some(&mut self.call), &returned.split(), Report::of, error_name);
    }

    /// The call's span.
    pub fn span(&self) -> &Span {
        self.call.span()
    }

    fn leave(&mut self) {
        self.correlation = None;
        if let (Some(late), Call::Open(open)) = (self.stacked.leave(), &mut self.call) {
            open.late = Some(late);
        }
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.leave();
        if let Call::Open(open) = &mut self.call {
            open.inside = std::thread::panicking() && !self.panicking;
        }
    }
}
