//! Values of distributions that the layers of a sink still have.

use std::sync::{Mutex, PoisonError};

use super::Pending;

/// What the layers of a sink have not handed over yet.
#[derive(Debug, Default)]
pub(crate) struct AllPending(Mutex<Vec<Pending>>);

impl AllPending {
    pub(crate) fn add(&self, pending: Pending) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Layers that are gone have handed over everything.
        all.retain(|pending| !pending.is_gone());
        all.push(pending);
    }

    /// No lock is held meanwhile.
    pub(crate) fn hand_over(&self) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.iter().for_each(Pending::hand_over);
    }
}
