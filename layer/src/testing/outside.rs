//! Records where no call is under way.

use std::panic::Location;

use tracing::Dispatch;

use super::{CaptureLayer, store::Loss};

/// Notes in the captures that this thread belongs to that a record was lost; `false` where there is none.
pub(crate) fn outside_call(dispatch: &Dispatch, what: &'static str, location: &'static Location<'static>) -> bool {
    let Some(layer) = dispatch.downcast_ref::<CaptureLayer>() else { return false };
    let captures = layer.here(dispatch);
    for capture in &captures {
        capture.lock().losses.push(Loss { what, location });
    }
    !captures.is_empty()
}
