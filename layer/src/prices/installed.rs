//! The process's price table.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use super::Prices;

/// Whether there is one: all that a program without prices looks at.
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
static INSTALLED: RwLock<Option<Arc<Prices>>> = RwLock::new(None);

impl Prices {
    /// Makes it the process's table, in place of one that was: calls that end from now on carry what they cost.
    pub fn install(self) {
        replace(Some(Arc::new(self)));
    }

    /// Takes the process's table away: calls carry no cost.
    pub fn uninstall() {
        replace(None);
    }
}

fn replace(prices: Option<Arc<Prices>>) {
    let mut installed = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
    // Under the lock, so that both say the same.
    IS_INSTALLED.store(prices.is_some(), Ordering::Relaxed);
    *installed = prices;
}

/// The process's table. Where there is none this is one load.
#[inline]
pub(crate) fn installed() -> Option<Arc<Prices>> {
    if !IS_INSTALLED.load(Ordering::Relaxed) {
        return None;
    }
    INSTALLED.read().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{prices::Price, usage::Usage};

    #[test]
    fn a_table_that_is_installed_replaces_the_one_before() {
        let cost = || installed()?.cost("this-test", Some("m"), None, &Usage::input_only(1_000_000));
        for dollars in [1.0, 2.0] {
            let table = Prices::new().price("this-test", "m", Price::per_million(dollars, 0.0));
            table.expect("a price").install();
            assert_eq!(cost(), Some(dollars));
        }
        Prices::uninstall();
        assert!(installed().is_none());
    }
}
