//! What is current here.

use opentelemetry::{
    Context, SpanId,
    trace::{SpanContext, TraceContextExt as _},
};
use tracing::{Span, span};

use super::Incoming;
use crate::{correlation::Correlation, ids};

/// Left in a context that was attached for the poll of a future: which span it names, and in which span of `tracing` it was attached.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) span: SpanId,
    pub(super) within: Option<span::Id>,
}

/// The context that is current here, the name of its span in the span's place: whoever keeps it keeps no span open.
///
/// Where it has no trace, the one that log lines here stand in goes with it.
pub(super) fn context() -> Context {
    let context = named(&live());
    if context.span().span_context().is_valid() {
        return context;
    }
    let own = Span::current().with_subscriber(|(id, dispatch)| ids::own_trace(id, dispatch)).flatten();
    own.map_or_else(|| context.clone(), |own| context.with_value(own))
}

/// The context that is current here.
pub(super) fn live() -> Context {
    let span = Span::current();
    let known = span.with_subscriber(|(id, dispatch)| ids::nearest_context(id, dispatch)).flatten();
    Context::map_current(|current| match known {
        Some(known) if is_nearer(&known, current, span.id().as_ref()) => known,
        _ => current.clone(),
    })
}

/// With these ids for the spans below, wherever they start; what they leave out stays as it is there.
pub(super) fn with_ids(context: Context, ids: &Correlation) -> Context {
    match context.get::<Correlation>() {
        Some(above) => {
            let ids = ids.or(above);
            if ids == *above { context } else { context.with_value(ids) }
        }
        None if ids.is_empty() => context,
        None => context.with_value(ids.clone()),
    }
}

/// Whether with them it would be as it is.
pub(super) fn has_ids(context: &Context, ids: &Correlation) -> bool {
    ids.is_empty() || context.get::<Correlation>().is_some_and(|above| ids.or(above) == *above)
}

/// Whether that of the span of `tracing` is nearer than the one that was attached last. They are one, as a rule; not so where the
/// OpenTelemetry layer attaches none, or where another was attached inside the span.
fn is_nearer(known: &Context, current: &Context, within: Option<&span::Id>) -> bool {
    let (known, attached) = (known.span().span_context().clone(), current.span().span_context().clone());
    let is_inside = current.get::<Attached>().is_some_and(|attached| attached.within.as_ref() == within);
    match (known.is_valid(), attached.is_valid()) {
        (true, true) => !is_inside && (known.trace_id(), known.span_id()) != (attached.trace_id(), attached.span_id()),
        (is_valid, is_attached) => is_valid || !is_attached,
    }
}

/// Without the span itself. Where OpenTelemetry gives none (it was shut down), what came in stands for it.
fn named(context: &Context) -> Context {
    let span = Some(context.span().span_context().clone()).filter(SpanContext::is_valid);
    match span.or_else(|| context.get::<Incoming>().map(|incoming| incoming.0.clone())) {
        Some(span) => context.with_remote_span_context(span),
        None => context.clone(),
    }
}

/// The same where telemetry is switched off, as exporters do around their own requests: it stays off.
pub(super) fn as_quiet(context: Context, current: &Context) -> Context {
    if current.is_telemetry_suppressed() { context.with_telemetry_suppressed() } else { context }
}

/// Whether its span is one that goes on here, not the mere name of one elsewhere.
pub(super) fn is_live(context: &Context) -> bool {
    let span = context.span();
    let span = span.span_context();
    let is_named = context.get::<Attached>().is_some_and(|attached| attached.span == span.span_id());
    span.is_valid() && !span.is_remote() && !is_named
}
