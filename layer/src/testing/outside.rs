//! Records where no call is under way.

use std::panic::Location;

use tracing::Dispatch;

use super::{CaptureLayer, store::Loss};

/// Notes a lost record in the captures of the current subscriber.
pub(super) fn report_loss(what: &'static str, location: &'static Location<'static>) {
    tracing::dispatcher::get_default(|dispatch| note_loss(dispatch, what, location));
}

/// Notes in the captures that this thread belongs to that a record was lost.
fn note_loss(dispatch: &Dispatch, what: &'static str, location: &'static Location<'static>) {
    let Some(layer) = dispatch.downcast_ref::<CaptureLayer>() else { return };
    for capture in layer.here(dispatch) {
        capture.lock().losses.push(Loss { what, location });
    }
}
