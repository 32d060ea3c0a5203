//! A call that is held open by whoever makes it: a type of stream of one's own, a session.

use llm_span_contract::Outcome;
use tracing::Span;

use super::{Call, error_name::error_name, handle::CallHandle, late::Late, run::once};
use crate::{
    guard,
    usage::{IntoReport, Report},
};

/// A call under way that is not bound to a scope; made by [`CallBuilder::open`](crate::CallBuilder::open).
///
/// It can be kept in a struct and sent between threads. Its span is entered only by [`in_scope`](Self::in_scope). Dropped without a
/// word it counts as cancelled, with the usage it had.
///
/// ```
/// use llm_span::{OpenCall, Operation, Usage, call};
///
/// /// A stream that keeps its own type.
/// struct Tokens {
///     left: Vec<(&'static str, Option<Usage>)>,
///     call: Option<OpenCall>,
/// }
///
/// impl Iterator for Tokens {
///     type Item = &'static str;
///
///     fn next(&mut self) -> Option<&'static str> {
///         let Some((text, usage)) = self.left.pop() else {
///             self.call.take()?.succeed(());
///             return None;
///         };
///         self.call.as_ref()?.record_chunk(usage);
///         Some(text)
///     }
/// }
///
/// let call = call(Operation::Chat, "openai", "gpt-4o").open();
/// let tokens = Tokens { left: vec![("", Some(Usage::new(128, 64))), ("Hi", None)], call: Some(call) };
/// assert_eq!(tokens.count(), 2);
/// ```
#[derive(Debug)]
#[must_use = "dropped at once, the call counts as cancelled"]
pub struct OpenCall(Call);

impl OpenCall {
    pub(super) fn new(mut call: Call) -> Self {
        if let Call::Open(open) = &mut call {
            open.late.get_or_insert_with(|| Late::default().into());
        }
        Self(call)
    }

    /// Runs code as a part of the call: its span is entered, [`current_call`](crate::current_call) is this one. A panic of the code
    /// ends the call.
    pub fn in_scope<R>(&mut self, code: impl FnOnce() -> R) -> R {
        /// Ends a call that is left by a panic, though it may be held on to.
        struct Ends<'c>(&'c mut Call);

        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                if let Call::Open(open) = self.0
                    && open.inside
                {
                    open.abandon(Report::default());
                }
            }
        }

        if matches!(&self.0, Call::Open(open) if open.finished) {
            return code();
        }
        let ends = Ends(&mut self.0);
        once(ends.0, code)
    }

    /// A handle on it: to record on, or to run tasks as a part of it. For as long as it is kept the call's span is not closed, though
    /// the call may have ended.
    pub fn handle(&self) -> CallHandle {
        CallHandle::of(&self.0)
    }

    /// [`CallHandle::record_chunk`].
    #[track_caller]
    pub fn record_chunk<'a>(&self, chunk: impl IntoReport<'a>) {
        CallHandle::to_record_on(&self.0).record_chunk(chunk);
    }

    /// The call has succeeded; takes what is told of it now, `()` for nothing.
    pub fn succeed<'a>(mut self, report: impl IntoReport<'a>) {
        let report = guard::run(|| report.into_report()).unwrap_or_default();
        self.0.finish(Outcome::Ok, report, None);
    }

    /// The call has failed; the error's type is recorded, its text is not.
    pub fn fail<E>(mut self, error: &E) {
        self.0.finish(Outcome::Error, Report::default(), Some(error_name(error)));
    }

    /// The call's span.
    pub fn span(&self) -> &Span {
        self.0.span()
    }
}
