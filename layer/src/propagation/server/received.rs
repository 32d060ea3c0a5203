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
    announced: Option<u64>,
    /// `None` when the request has ended: a body that somebody keeps does not keep the span.
    place: Mutex<Option<Scope>>,
}

impl Received {
    pub(super) fn new(announced: Option<u64>, place: Scope) -> Self {
        Self { bytes: AtomicU64::new(0), is_whole: AtomicBool::new(false), announced, place: Mutex::new(Some(place)) }
    }

    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Nothing comes any more.
    pub(super) fn is_read(&self) {
        self.is_whole.store(true, Ordering::Release);
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
