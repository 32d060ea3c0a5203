//! Records that met no call.

use std::panic::Location;

use llm_span_contract::{Finding, FindingKind};

use super::LlmLayer;

/// Reports that something was recorded where no call was under way, to the layers of the current subscriber.
pub(crate) fn report_outside_call(what: &'static str, location: &'static Location<'static>) {
    tracing::dispatcher::get_default(|dispatch| {
        #[cfg(feature = "testing")]
        crate::testing::outside_call(dispatch, what, location);
        if let Some(layer) = dispatch.downcast_ref::<LlmLayer>() {
            layer.report_without_span(finding(what), location.file(), location.line());
        }
    });
}

pub(crate) fn finding(what: &'static str) -> Finding {
    Finding::new(FindingKind::RecordedOutsideCall, "llm-span", format!("`{what}` met no call: what it told is lost")).help(
        "call it inside an annotated function; in a task that the call starts, take `llm_span::current_call()` along, \
         and await the task before the call returns",
    )
}
