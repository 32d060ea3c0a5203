//! The subscribers that captures have made the default of this thread. Captures may end in any order, and a guard of `tracing` restores
//! what was the default when it was made, be that a capture that has ended since.

use std::{cell::RefCell, sync::Arc};

use tracing::{
    Dispatch,
    dispatcher::{self, DefaultGuard},
};

thread_local! {
    static DEFAULTS: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
struct Entry {
    whose: Arc<()>,
    dispatch: Dispatch,
    guard: DefaultGuard,
}

impl Entry {
    fn push(whose: Arc<()>, dispatch: Dispatch) {
        // Not within the borrow: whatever is behind a dispatch may have a `Drop` of its own.
        let guard = dispatcher::set_default(&dispatch);
        let _ = DEFAULTS.try_with(|defaults| defaults.borrow_mut().push(Self { whose, dispatch, guard }));
    }

    fn unset(self) -> (Arc<()>, Dispatch) {
        drop(self.guard);
        (self.whose, self.dispatch)
    }
}

/// While it lives, a subscriber is the default of this thread, or would be if no later one were. Told from others by its address.
#[derive(Debug)]
pub(super) struct ThreadDefault(Arc<()>);

impl ThreadDefault {
    pub(super) fn set(dispatch: &Dispatch) -> Self {
        let whose = Arc::new(());
        Entry::push(Arc::clone(&whose), dispatch.clone());
        Self(whose)
    }

    /// Whether any is in force here.
    pub(super) fn is_any_set() -> bool {
        DEFAULTS.try_with(|defaults| !defaults.borrow().is_empty()).unwrap_or(false)
    }
}

impl Drop for ThreadDefault {
    fn drop(&mut self) {
        let from_here = |defaults: &RefCell<Vec<Entry>>| {
            let mut defaults = defaults.borrow_mut();
            let position = defaults.iter().rposition(|entry| Arc::ptr_eq(&entry.whose, &self.0))?;
            Some(defaults.split_off(position))
        };
        let entries = DEFAULTS.try_with(from_here).ok().flatten().unwrap_or_default();
        // The guards go in the reverse order of their making, and those of later captures are made anew.
        let mut later: Vec<_> = entries.into_iter().rev().map(Entry::unset).collect();
        later.pop();
        later.into_iter().rev().for_each(|(whose, dispatch)| Entry::push(whose, dispatch));
    }
}
