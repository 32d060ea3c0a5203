//! Parts that are made beforehand.

use std::sync::{Arc, Mutex, PoisonError};

use super::Part;

/// Parts that are made beforehand, some at a time: so they lie side by side in memory, and not each on a page of its own among what else a
/// new series needs.
#[derive(Debug, Default)]
pub(crate) struct SpareParts(Mutex<Spare>);

#[derive(Debug, Default)]
struct Spare {
    /// So many were made so far.
    made: usize,
    left: Vec<Arc<Part>>,
}

/// So many are made at a time, once there are as many.
const AT_ONCE: usize = 32;

impl SpareParts {
    /// One of them, [as it is made](Part::new): all of them alike.
    pub(crate) fn take(&self, counts: usize, has_rows: bool) -> Arc<Part> {
        let new = || Arc::new(Part::new(counts, has_rows));
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.left.is_empty() {
            let some = spare.made.clamp(1, AT_ONCE);
            spare.made += some;
            spare.left.extend((0..some).map(|_| new()));
        }
        spare.left.pop().unwrap_or_else(new)
    }
}
