//! What has been read of a request's body.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::scope::Scope;

/// What has been read of a request's body, and where it is read: known to the body and to its request, of which either may end first.
#[derive(Debug)]
pub(super) struct Received {
    bytes: AtomicU64,
    is_whole: AtomicBool,
    is_broken: AtomicBool,
    announced: Option<u64>,
    /// `None` when the request has ended: a body that somebody keeps does not keep the span.
    place: Mutex<Option<Scope>>,
}

impl Received {
    pub(super) fn new(announced: Option<u64>, place: Scope) -> Self {
        let [is_whole, is_broken] = [const { AtomicBool::new(false) }; 2];
        Self { bytes: AtomicU64::new(0), is_whole, is_broken, announced, place: Mutex::new(Some(place)) }
    }

    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Nothing comes any more.
    pub(super) fn is_read(&self) {
        self.is_whole.store(true, Ordering::Release);
    }

    /// What was to come does not: the body has given an error.
    pub(super) fn breaks_off(&self) {
        self.is_broken.store(true, Ordering::Release);
    }

    /// Whether the client, or whoever stands before this server, has broken the body off.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    /// The body's size: what was read of it where that is all, else what the request has announced, else what was read.
    pub(super) fn size(&self) -> u64 {
        let is_whole = self.is_whole.load(Ordering::Acquire);
        let read = self.bytes.load(Ordering::Relaxed);
        self.announced.filter(|_| !is_whole).unwrap_or(read)
    }

    pub(super) fn place(&self) -> Option<Scope> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn leave(&self) {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Not under the lock: the span may close.
        drop(place);
    }
}
