//! What is made beforehand.

use std::sync::{Mutex, PoisonError};

/// Things that are made beforehand, some at a time: so they lie side by side in memory, and not each on a page of its own among what else a new
/// series needs.
#[derive(Debug)]
pub(crate) struct Spare<T>(Mutex<Made<T>>);

#[derive(Debug)]
struct Made<T> {
    /// So many were made so far.
    made: usize,
    left: Vec<T>,
}

/// So many are made at a time, once there are as many.
const AT_ONCE: usize = 32;

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Mutex::new(Made { made: 0, left: Vec::new() }))
    }
}

impl<T> Spare<T> {
    /// One of them; `None` where so many were made and none was given back. All are made alike.
    pub(crate) fn take(&self, most: usize, new: impl Fn() -> T) -> Option<T> {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.left.is_empty() {
            let some = spare.made.clamp(1, AT_ONCE).min(most.saturating_sub(spare.made));
            spare.made += some;
            spare.left.extend((0..some).map(|_| new()));
        }
        spare.left.pop()
    }

    /// Takes one back.
    pub(crate) fn give(&self, one: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left.push(one);
    }
}
