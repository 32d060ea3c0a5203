//! Spans whose trace began elsewhere.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::{Context, trace::TraceContextExt as _};
use tracing::{Dispatch, span};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::{cache, otel};

/// A value of contexts without a trace: the trace of the ids that were made here. It is for log lines, and never told to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnTrace(u128);

/// Makes the span's own ids, and with them those of its descendants, ids of that trace. Ids that a log line has shown already
/// stay as they were.
pub(crate) fn adopt(id: &span::Id, dispatch: &Dispatch, trace_id: u128) {
    if let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) {
        cache::settle(&span, trace_id);
    }
}

/// The trace of the span's own ids.
pub(crate) fn own_trace(id: &span::Id, dispatch: &Dispatch) -> Option<OwnTrace> {
    let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
    cache::own_ids(&span).map(|ids| OwnTrace(ids.trace_id()))
}

/// The trace that the context tells, else the one that it remembers.
pub(crate) fn trace_of(context: &Context) -> Option<u128> {
    let span = context.span();
    let told = Some(span.span_context()).filter(|span| span.is_valid());
    let told = told.map(|span| u128::from_be_bytes(span.trace_id().to_bytes()));
    told.or_else(|| context.get::<OwnTrace>().map(|own| own.0))
}

/// The trace of what is current here, where it began elsewhere: a root's own ids are of it.
pub(super) fn attached() -> Option<u128> {
    let began_elsewhere = |context: &Context| context.span().span_context().is_remote() || !context.has_active_span();
    let find = || Context::map_current(|context| began_elsewhere(context).then(|| trace_of(context)).flatten());
    // A thread that ends has no context any more.
    catch_unwind(AssertUnwindSafe(find)).ok().flatten()
}

/// The context of the span, or of its nearest ancestor that OpenTelemetry knows: a filter may hide the span from it.
///
/// Starts the OpenTelemetry span. The caller holds no extensions guard.
pub(crate) fn nearest_context(id: &span::Id, dispatch: &Dispatch) -> Option<Context> {
    otel::context(id, dispatch).or_else(|| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        span.scope().skip(1).find_map(|ancestor| otel::context(&ancestor.id(), dispatch))
    })
}
