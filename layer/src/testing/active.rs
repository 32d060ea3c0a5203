//! Which captures are in force on this thread, for spans that have no ancestor to tell.

use std::{cell::RefCell, sync::Arc};

use super::store::Store;

thread_local! {
    /// With the number of the layer each is attached to.
    static ACTIVE: RefCell<Vec<(u64, Arc<Store>)>> = const { RefCell::new(Vec::new()) };
}

/// The captures attached to that layer on this thread.
pub(super) fn on(layer: u64) -> Vec<Arc<Store>> {
    let find = |active: &RefCell<Vec<(u64, Arc<Store>)>>| {
        let active = active.borrow();
        active.iter().filter(|(number, _)| *number == layer).map(|(_, store)| Arc::clone(store)).collect()
    };
    ACTIVE.try_with(find).unwrap_or_default()
}

/// Keeps a capture in force on this thread until it is dropped. Guards may be dropped in any order.
#[derive(Debug)]
pub(super) struct Active(Arc<Store>);

impl Active {
    pub(super) fn new(layer: u64, store: Arc<Store>) -> Self {
        ACTIVE.with_borrow_mut(|active| active.push((layer, Arc::clone(&store))));
        Self(store)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        let _ = ACTIVE.try_with(|active| {
            let mut active = active.borrow_mut();
            if let Some(position) = active.iter().rposition(|(_, store)| Arc::ptr_eq(store, &self.0)) {
                active.remove(position);
            }
        });
    }
}
