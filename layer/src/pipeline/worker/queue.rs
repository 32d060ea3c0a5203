//! What waits for a sink.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use super::{Losses, Teller};
use crate::pipeline::settings::QueueSettings;

/// What waits for a sink; clones are the same queue.
#[derive(Debug)]
pub(crate) struct Queue<T>(pub(super) Arc<Shared<T>>);

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Not a channel: whoever waits for the end of it must not need a place in it.
#[derive(Debug)]
pub(super) struct Shared<T> {
    /// What the sink is called in log lines.
    name: String,
    teller: Teller,
    settings: QueueSettings,
    state: Mutex<State<T>>,
    /// Something is to be done.
    changed: Condvar,
    /// Something was done.
    seen_to: Condvar,
    /// Found it full.
    dropped: AtomicU64,
    /// Came after its end.
    late: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    /// How many were taken in, and how many of them the sink has seen to.
    taken: u64,
    done: u64,
    /// Somebody waits for all up to there.
    flush_to: u64,
    /// Nobody adds any more.
    closed: bool,
    /// The thread has ended.
    ended: bool,
}

/// What the thread is to do next.
pub(super) enum Next<T> {
    Write(Vec<T>),
    Rest,
    End,
}

impl<T> Queue<T> {
    pub(super) fn new(name: String, settings: QueueSettings, teller: Teller) -> Self {
        let state = State { waiting: VecDeque::new(), taken: 0, done: 0, flush_to: 0, closed: false, ended: false };
        Self(Arc::new(Shared {
            name,
            teller,
            settings,
            state: Mutex::new(state),
            changed: Condvar::new(),
            seen_to: Condvar::new(),
            dropped: AtomicU64::new(0),
            late: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }))
    }

    /// Adds an item; `false` where there is no room, or no more is taken in, which is counted.
    pub(crate) fn push(&self, item: T) -> bool {
        let mut state = self.0.lock();
        let is_late = state.closed || state.ended;
        if is_late || state.waiting.len() >= self.0.settings.capacity.max(1) {
            drop(state);
            if is_late {
                self.0.late.fetch_add(1, Ordering::Relaxed);
            } else if self.0.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                self.0.tell_of_drops();
            }
            return false;
        }
        state.waiting.push_back(item);
        state.taken += 1;
        let wakes = state.waiting.len() == 1 || state.waiting.len() == self.0.settings.batch;
        drop(state);
        if wakes {
            self.0.changed.notify_one();
        }
        true
    }

    /// How much was lost so far.
    pub(crate) fn losses(&self) -> Losses {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Losses { dropped: count(&self.0.dropped) + count(&self.0.late), failed: count(&self.0.failed) }
    }

    /// Waits until what was pushed so far is seen to; `false` where it is not by then.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let mut state = self.0.lock();
        let all = state.taken;
        state.flush_to = state.flush_to.max(all);
        self.0.changed.notify_one();
        while state.done < all && !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.0.seen_to.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.done >= all
    }

    /// No more is taken in; what waits is still written.
    pub(super) fn close(&self) {
        let mut state = self.0.lock();
        state.closed = true;
        state.flush_to = state.taken;
        drop(state);
        self.0.changed.notify_one();
    }

    /// Waits for the thread's end; `false` where it has not come by then.
    pub(super) fn wait_for_end(&self, deadline: Instant) -> bool {
        let mut state = self.0.lock();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.0.seen_to.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl<T> Shared<T> {
    /// On a thread of its own: the sink's may be stuck for good, and whoever pushes stands in a hook, where nothing can be told.
    #[cold]
    fn tell_of_drops(&self) {
        let (name, teller) = (self.name.clone(), self.teller.clone());
        let tell = move || {
            teller.warn(&name, "the sink is too slow: what has no room in its queue is dropped and counted; this is told once");
        };
        drop(std::thread::Builder::new().name("llm-span drops".into()).spawn(tell));
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a full batch, for the time that one may take to fill, for whoever flushes, or for the end.
    pub(super) fn next(&self) -> Next<T> {
        const REST: std::time::Duration = std::time::Duration::from_secs(1);
        let mut state = self.lock();
        let mut since: Option<Instant> = None;
        loop {
            let waits = state.waiting.len();
            let is_due = |since: &Instant| since.elapsed() >= self.settings.delay;
            let flushes = state.done < state.flush_to || state.closed;
            if waits > 0 && (waits >= self.settings.batch || flushes || since.as_ref().is_some_and(is_due)) {
                let batch = waits.min(self.settings.batch.max(1));
                return Next::Write(state.waiting.drain(..batch).collect());
            }
            if waits == 0 && state.closed {
                return Next::End;
            }
            let wait = match (waits, &mut since) {
                (0, _) => REST,
                (_, since) => self.settings.delay.saturating_sub(since.get_or_insert_with(Instant::now).elapsed()),
            };
            let (woken, timeout) = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if timeout.timed_out() && state.waiting.is_empty() && !state.closed {
                return Next::Rest;
            }
        }
    }

    /// A batch was seen to, of which so many were lost.
    pub(super) fn is_done(&self, batch: usize, lost: usize) {
        self.failed.fetch_add(lost as u64, Ordering::Relaxed);
        self.lock().done += batch as u64;
        self.seen_to.notify_all();
    }

    /// The thread ends; what still waits is lost.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let left = std::mem::take(&mut state.waiting);
        drop(state);
        self.failed.fetch_add(left.len() as u64, Ordering::Relaxed);
        self.seen_to.notify_all();
    }
}
