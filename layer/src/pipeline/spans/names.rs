//! What model calls are called when they are exported.

use opentelemetry_sdk::trace::SpanData;

use crate::pipeline::settings::SpanNames;

/// Gives a model call the name that is chosen.
pub(crate) fn rename(names: SpanNames, span: &mut SpanData) {
    let _ = (names, span);
}
