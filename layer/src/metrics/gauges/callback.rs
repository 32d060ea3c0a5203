//! What tells the value of a gauge.

use std::{
    cell::Cell,
    sync::{Mutex, PoisonError},
};

use crate::guard;

/// Tells a value.
pub(super) struct Callback {
    value: Box<dyn Fn() -> f64 + Send + Sync>,
    /// What it gave last.
    last: Mutex<Option<f64>>,
}

impl Callback {
    pub(super) fn new(value: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self { value: Box::new(value), last: Mutex::default() }
    }

    /// What it gives, or gave last; `None` where it has never given anything.
    ///
    /// Within a callback none is called: one that collects would call itself for ever.
    pub(super) fn read(&self) -> Option<f64> {
        let value = Calling::begin().and_then(|_calling| guard::run(&self.value));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = value.or(*last);
        *last
    }
}

thread_local!(static CALLING: Cell<bool> = const { Cell::new(false) });

/// A callback is being called on this thread.
struct Calling;

impl Calling {
    /// `None` within a callback.
    fn begin() -> Option<Self> {
        let was_calling = CALLING.try_with(|calling| calling.replace(true)).unwrap_or(false);
        (!was_calling).then(|| Self)
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let _ = CALLING.try_with(|calling| calling.set(false));
    }
}
