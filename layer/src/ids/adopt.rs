//! Spans whose trace began elsewhere.

use opentelemetry::Context;
use tracing::{Dispatch, span};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::{cache, otel};

/// Makes the span's own ids, and with them those of its descendants, ids of that trace. Ids that a log line has shown already
/// stay as they were.
pub(crate) fn adopt(id: &span::Id, dispatch: &Dispatch, trace_id: u128) {
    if let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) {
        cache::settle(&span, trace_id);
    }
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
