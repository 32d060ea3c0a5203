//! Records that met no call.

use std::{cell::Cell, panic::Location};

use llm_span_contract::{Finding, FindingKind};
use tracing::{
    Dispatch, Level, Metadata,
    callsite::{Callsite, Identifier},
    field::FieldSet,
    metadata::Kind,
    subscriber::Interest,
};

use super::LlmLayer;
use crate::guard;

/// Reports that something was recorded where no call was under way, to the layers of the current subscriber.
pub(crate) fn report_outside_call(what: &'static str, location: &'static Location<'static>) {
    tracing::dispatcher::get_default(|dispatch| {
        let loss = Loss { what, location };
        // Where a filter lets nobody hear of it, or it is told while another one is.
        if !ask_all(dispatch, loss)
            && let Some(layer) = dispatch.downcast_ref::<LlmLayer>()
        {
            loss.report_to(layer);
        }
    });
}

/// What was called, and where.
#[derive(Clone, Copy)]
struct Loss {
    what: &'static str,
    location: &'static Location<'static>,
}

impl Loss {
    fn report_to(self, layer: &LlmLayer) {
        layer.report_without_span(outside_call(self.what), self.location.file(), self.location.line());
    }
}

/// That `what` was called where no call was under way.
pub(crate) fn outside_call(what: &'static str) -> Finding {
    let message = format!("`{what}` was called where no call is under way: what it recorded is lost");
    Finding::new(FindingKind::RecordedOutsideCall, "llm-span", message).help(
        "call it in the body of the call; into tasks and threads of the call take `llm_span::current_call()`, and await them \
         before the call returns",
    )
}

/// A callsite that no span and no event has. A subscriber gives the outermost of our layers only, and none in a `reload`; but a callsite
/// is shown to all layers that filters do not hide it from.
struct Outside;

static OUTSIDE: Outside = Outside;

static METADATA: Metadata<'static> = Metadata::new(
    "recorded outside of a call",
    "llm_span",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&OUTSIDE)),
    Kind::HINT,
);

impl Callsite for Outside {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

thread_local! {
    /// The loss that layers are being asked about.
    static ASKED: Cell<Option<Loss>> = const { Cell::new(None) };
    /// Whether one has heard of it.
    static HEARD: Cell<bool> = const { Cell::new(false) };
}

/// Shows the callsite to all layers; whether one of ours has heard.
fn ask_all(dispatch: &Dispatch, loss: Loss) -> bool {
    let is_first = ASKED.try_with(|asked| asked.get().is_none() && asked.replace(Some(loss)).is_none()).unwrap_or(false);
    if !is_first {
        return false;
    }
    let _ = HEARD.try_with(|heard| heard.set(false));
    // Layers of others are asked, too: what panics there must not leave the loss behind.
    let _ = guard::run(|| dispatch.register_callsite(&METADATA));
    let _ = ASKED.try_with(Cell::take);
    HEARD.try_with(Cell::get).unwrap_or(false)
}

/// Reports the loss that this layer is asked about, where the callsite is that of losses; whether it is.
pub(super) fn hears(layer: &LlmLayer, metadata: &'static Metadata<'static>) -> bool {
    // By the metadata: callsites without a size, as this one, may share an identifier.
    if !std::ptr::eq(metadata, &raw const METADATA) {
        return false;
    }
    if let Ok(Some(loss)) = ASKED.try_with(Cell::get) {
        let _ = HEARD.try_with(|heard| heard.set(true));
        loss.report_to(layer);
    }
    true
}
