//! Values of distributions that a layer still has.

use std::{
    fmt,
    sync::{Arc, Weak},
};

/// Values of distributions that a layer has not handed over yet. It hands over several spans' at a time, which costs each of them less.
///
/// A sink that [takes them so](super::MetricSink::takes_lots) calls [`hand_over`](Self::hand_over) each time before what it has taken is collected.
#[derive(Clone)]
pub struct Pending(Weak<dyn HandOver>);

/// Hands over what is left.
pub(crate) trait HandOver: Send + Sync {
    fn hand_over(&self);
}

impl Pending {
    pub(crate) fn new(of: &Arc<impl HandOver + 'static>) -> Self {
        let of: Weak<_> = Arc::downgrade(of);
        Self(of)
    }

    #[cfg(any(feature = "otel", feature = "prometheus"))]
    pub(super) fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    /// Has the layer record all values of spans that have ended so far, on this thread. What other threads are about to hand over is recorded,
    /// too, when this returns. Not to be called by what records them.
    pub fn hand_over(&self) {
        if let Some(of) = self.0.upgrade() {
            of.hand_over();
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
