//! Records that met no call.

use std::panic::Location;

use llm_span_contract::{Finding, FindingKind};

use super::LlmLayer;

/// Reports that something was recorded where no call was under way, to the layers of the current subscriber.
pub(crate) fn report_outside_call(what: &'static str, location: &'static Location<'static>) {
    tracing::dispatcher::get_default(|dispatch| {
        if let Some(layer) = dispatch.downcast_ref::<LlmLayer>() {
            layer.report_without_span(outside_call(what), location.file(), location.line());
        }
    });
}

/// That `what` was called where no call was under way.
pub(crate) fn outside_call(what: &'static str) -> Finding {
    let message = format!("`{what}` was called where no call is under way: what it recorded is lost");
    Finding::new(FindingKind::RecordedOutsideCall, "llm-span", message).help(
        "call it in the body of the call; into tasks and threads of the call take `llm_span::current_call()`, and await them \
         before the call returns",
    )
}
