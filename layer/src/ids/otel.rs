//! The one place that asks OpenTelemetry.

use super::SpanIds;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tracing::{Dispatch, span};

/// Ids OpenTelemetry gave the span; `None` if it does not know the span or was shut down.
///
/// Starts the OpenTelemetry span. The caller holds no extensions guard.
pub(super) fn ask(id: &span::Id, dispatch: &Dispatch) -> Option<SpanIds> {
    let context = context(id, dispatch)?;
    ids(context.span().span_context())
}

/// The same ids.
pub(super) fn ids(span: &SpanContext) -> Option<SpanIds> {
    SpanIds::new(
        u128::from_be_bytes(span.trace_id().to_bytes()),
        u64::from_be_bytes(span.span_id().to_bytes()),
        span.trace_flags().to_u8(),
    )
}

/// The context OpenTelemetry gave the span, with baggage; its ids are zero after a shutdown.
///
/// Starts the OpenTelemetry span. The caller holds no extensions guard.
pub(super) fn context(id: &span::Id, dispatch: &Dispatch) -> Option<Context> {
    // Runs the user's sampler and processors. A panic there must not leave a hook of ours.
    let context = catch_unwind(AssertUnwindSafe(|| tracing_opentelemetry::get_otel_context(id, dispatch)));
    context.ok().flatten()
}
