//! Writes what is queued when the program ends.
//!
//! A global subscriber is never dropped, so its sinks are not either, and the threads that write for them end with `main`, in the
//! middle of what they do.

use std::{
    sync::{Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use super::queue::Queue;

/// For so long the end of the program is held up at most; in full only where a writer is stuck.
const AT_EXIT: Duration = Duration::from_secs(1);

/// The queues of this process that somebody writes from.
static LIVE: Mutex<Vec<Weak<Queue>>> = Mutex::new(Vec::new());

/// A queue to be thought of.
pub(super) fn register(queue: Weak<Queue>) {
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    live.retain(|queue| queue.strong_count() > 0);
    live.push(queue);
}

/// Waits until all queues are written, for at most `timeout` together; whether they were.
pub(super) fn flush(timeout: Duration) -> bool {
    let deadline = Instant::now().checked_add(timeout);
    let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    // All of them, also after one that is stuck: the time is over then, but the others may have come to their end meanwhile.
    let unwritten = live.iter().filter_map(Weak::upgrade).filter(|queue| !queue.wait_until_written(deadline));
    unwritten.count() == 0
}

/// Dropped when its thread ends; for the main thread that is when the process does.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        flush(AT_EXIT);
    }
}

thread_local!(static AT_EXIT_OF_MAIN: AtExit = const { AtExit });

/// Flushes when the main thread ends, if this is the main thread. On Windows other threads are gone by then.
pub(super) fn arm() {
    if cfg!(unix) && thread::current().name() == Some("main") {
        let _ = AT_EXIT_OF_MAIN.try_with(|_| ());
    }
}
