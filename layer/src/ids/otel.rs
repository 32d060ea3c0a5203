//! The one place that asks OpenTelemetry.

use super::SpanIds;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tracing::{Dispatch, span};

/// Ids OpenTelemetry gave the span; `None` if it does not know the span or was shut down.
///
/// Starts the OpenTelemetry span. The caller holds no extensions guard.
pub(super) fn ask(id: &span::Id, dispatch: &Dispatch) -> Option<SpanIds> {
    let context = context(id, dispatch)?;
    let span = context.span();
    let ids = span.span_context();
    SpanIds::new(
        u128::from_be_bytes(ids.trace_id().to_bytes()),
        u64::from_be_bytes(ids.span_id().to_bytes()),
        ids.trace_flags().to_u8(),
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
