//! Whether this thread is about to end: what is dropped then may be a span, and the locals of other crates are gone.

use papaya::HashMap;

struct Alive;

thread_local! {
    /// Made after the local by which maps are pinned, so that it goes before that one.
    static ALIVE: Alive = {
        drop(HashMap::<u8, u8>::new().pin());
        Alive
    };
}

/// It does nothing; that it is there has the local dropped.
impl Drop for Alive {
    fn drop(&mut self) {}
}

/// Whether maps may be pinned by a local of this thread; else a guard of their own is needed.
#[inline]
pub(super) fn is_alive() -> bool {
    ALIVE.try_with(|_| ()).is_ok()
}
