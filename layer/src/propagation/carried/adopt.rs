//! Spans of what a request carries.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::{Context, baggage::BaggageExt as _};
use tracing::{Dispatch, Span, span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Registry, registry::LookupSpan as _};

use super::{Carried, baggage, current};
use crate::ids;

impl Carried {
    /// Makes the span a child of what this tells, in the same trace, before it is entered or logged in for the first time: then it
    /// has started, and its parent is settled. The baggage is there for the spans below it, and so are the ids of the
    /// [`Correlation`](crate::Correlation), wherever those spans start: they stand on all of them where the pipeline, or the program,
    /// has put in `CarryCorrelation`.
    ///
    /// Where OpenTelemetry does not know the span, or not at all, the ids that this crate makes for it ([`IdSource::Own`]) are of
    /// that trace: log lines of services without OpenTelemetry are found by it, too. Their flags are `00` all the same: nothing records
    /// those spans.
    ///
    /// Give a span that outlives the one it comes from `parent: None`: in `tracing` a span closes after its children, and a request's
    /// metrics are taken when its span closes. For a future [`run_in`](Self::run_in) does all of this.
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    ///
    /// let carried = Carried::current();
    /// std::thread::spawn(move || {
    ///     let span = tracing::info_span!(parent: None, "index");
    ///     carried.adopt(&span);
    ///     span.in_scope(|| { /* … */ });
    /// });
    /// ```
    ///
    /// [`IdSource::Own`]: crate::IdSource::Own
    pub fn adopt(&self, span: &Span) {
        span.with_subscriber(|(id, dispatch)| {
            if let Some(parent) = self.as_parent(id, dispatch) {
                // What cannot be set any more stays as it is.
                let _ = catch_unwind(AssertUnwindSafe(|| span.set_parent(parent)));
            }
            if let Some(trace) = ids::trace_of(&self.context) {
                ids::adopt(id, dispatch, trace);
            }
        });
    }

    /// Links the span to what this tells, at any time. Its trace stays its own: for requests that are not to be trusted, and for
    /// work on many requests at once. It needs OpenTelemetry; without, it does nothing.
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    ///
    /// # fn index(requests: &[Carried]) {
    /// let span = tracing::info_span!(parent: None, "index");
    /// requests.iter().for_each(|request| request.link(&span));
    /// # }
    /// ```
    pub fn link(&self, span: &Span) {
        if let Some(ours) = self.span_context() {
            let _ = catch_unwind(AssertUnwindSafe(|| span.add_link(ours)));
        }
    }

    /// The context that a span which is made here is to be a child of, where this tells of any.
    pub(in crate::propagation) fn parent(&self) -> Option<Context> {
        self.as_parent_in(|| Some(current::live()))
    }

    /// The context that the span is to be a child of. One without a trace gives its baggage and its ids to a span that stays where it is.
    fn as_parent(&self, id: &span::Id, dispatch: &Dispatch) -> Option<Context> {
        self.as_parent_in(|| place(id, dispatch))
    }

    fn as_parent_in(&self, place: impl FnOnce() -> Option<Context>) -> Option<Context> {
        if self.span_context().is_some() {
            return Some(Context::map_current(|here| current::as_quiet(self.context.clone(), here)));
        }
        let ours = self.context.baggage();
        if ours.is_empty() && self.correlation.is_empty() {
            return None;
        }
        let mut parent = place()?;
        if !ours.is_empty() {
            parent = parent.with_baggage(baggage::copy(ours));
        }
        Some(current::with_ids(parent, &self.correlation))
    }
}

/// The context that the span has as its parent already.
fn place(id: &span::Id, dispatch: &Dispatch) -> Option<Context> {
    let parent = dispatch.downcast_ref::<Registry>()?.span(id)?.parent().map(|parent| parent.id());
    let here = Span::current().id();
    Some(match parent {
        Some(parent) if Some(&parent) != here.as_ref() => ids::nearest_context(&parent, dispatch).unwrap_or_default(),
        // A root in the midst of a span was told to be one.
        None if here.is_some() => Context::map_current(|here| current::as_quiet(Context::new(), here)),
        _ => current::live(),
    })
}
