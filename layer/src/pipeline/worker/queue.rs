//! What waits for a sink.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Losses, Teller, Weigh};
use crate::pipeline::settings::QueueSettings;

/// So many bytes wait for a sink at most, whatever its capacity: one span with a long prompt weighs more than a thousand others.
const MAX_WEIGHT: usize = 64 << 20;
/// So much more room there is for what the pipeline itself tells: that there is no room, for one.
const RESERVE: usize = 64;
/// When nothing has come for so long the sink may see to its house.
const REST: Duration = Duration::from_secs(1);
/// So long after a batch what comes next waits for others, where it is to be written at once: to wake a thread costs more than most items do.
const LINGER: Duration = Duration::from_millis(10);

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
    /// The thread has ended.
    ended: AtomicBool,
}

#[derive(Debug)]
struct State<T> {
    /// Each with its weight, which takes a while to find out.
    waiting: VecDeque<(T, usize)>,
    /// Of all that waits.
    weight: usize,
    /// Whether the thread sleeps until it is woken. Else it looks by itself, soon.
    is_idle: bool,
    /// How many were taken in, and how many of them the sink has seen to.
    taken: u64,
    done: u64,
    /// Somebody waits for all up to there.
    flush_to: u64,
    /// Nobody adds any more.
    closed: bool,
}

impl<T> State<T> {
    /// Takes the oldest ones out, so many at most.
    fn take(&mut self, most: usize) -> Vec<T> {
        let most = most.max(1).min(self.waiting.len());
        let (mut batch, mut weight) = (Vec::with_capacity(most), 0);
        for (item, of_it) in self.waiting.drain(..most) {
            batch.push(item);
            weight += of_it;
        }
        self.weight -= weight;
        batch
    }
}

/// What the thread is to do next.
pub(super) enum Next<T> {
    Write(Vec<T>),
    Rest,
    End,
}

impl<T: Weigh> Queue<T> {
    pub(super) fn new(name: String, settings: QueueSettings, teller: Teller) -> Self {
        let state = State { waiting: VecDeque::new(), weight: 0, is_idle: false, taken: 0, done: 0, flush_to: 0, closed: false };
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
            ended: AtomicBool::new(false),
        }))
    }

    /// Adds an item; `false` where there is no room, or no more is taken in, which is counted.
    pub(crate) fn push(&self, item: T) -> bool {
        let pushed = self.0.push(item, 0);
        match pushed {
            Pushed::Yes => {}
            Pushed::Late => drop(self.0.late.fetch_add(1, Ordering::Relaxed)),
            Pushed::NoRoom => {
                if self.0.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                    self.0.tell_of_drops();
                }
            }
        }
        pushed == Pushed::Yes
    }

    /// Adds what the pipeline tells of itself: there is some room for it where there is none for others, and what has none is no loss.
    pub(crate) fn push_own(&self, item: T) {
        self.0.push(item, RESERVE);
    }

    /// Whether all that was taken in has been written, and nothing is any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Acquire)
    }

    /// How much was lost so far.
    pub(crate) fn losses(&self) -> Losses {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Losses { dropped: count(&self.0.dropped) + count(&self.0.late), failed: count(&self.0.failed) }
    }

    /// How many were taken in and not seen to yet.
    pub(super) fn pending(&self) -> u64 {
        let state = self.0.lock();
        state.taken - state.done
    }

    /// Asks for what was pushed so far to be written now; how far that is.
    pub(super) fn ask(&self) -> u64 {
        let mut state = self.0.lock();
        let all = state.taken;
        state.flush_to = state.flush_to.max(all);
        self.0.changed.notify_one();
        all
    }

    /// Waits until what was pushed so far is seen to; `false` where it is not by then.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let all = self.ask();
        let mut state = self.0.lock();
        while state.done < all && !self.has_ended() {
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
        while !self.has_ended() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.0.seen_to.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// Whether an item was taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pushed {
    Yes,
    NoRoom,
    Late,
}

impl<T: Weigh> Shared<T> {
    fn push(&self, item: T, reserve: usize) -> Pushed {
        let weight = item.weight();
        let mut state = self.lock();
        if state.closed || self.ended.load(Ordering::Relaxed) {
            return Pushed::Late;
        }
        let waits = state.waiting.len();
        let is_too_heavy = waits > 0 && state.weight.saturating_add(weight) > MAX_WEIGHT && reserve == 0;
        if is_too_heavy || waits >= self.settings.capacity.max(1) + reserve {
            return Pushed::NoRoom;
        }
        state.waiting.push_back((item, weight));
        state.weight += weight;
        state.taken += 1;
        let wakes = std::mem::take(&mut state.is_idle) || waits + 1 == self.settings.batch;
        drop(state);
        if wakes {
            self.changed.notify_one();
        }
        Pushed::Yes
    }

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

    /// Waits for a full batch, for the time that one may take to fill, for whoever flushes, or for the end. Where a batch was written just now, others
    /// are likely to follow: for a while nobody has to wake the thread.
    pub(super) fn next(&self, has_written: bool) -> Next<T> {
        let delay = self.settings.delay;
        let mut lingers = has_written.then(|| if delay.is_zero() { LINGER } else { delay.min(REST) });
        let mut since = has_written.then(Instant::now);
        let mut state = self.lock();
        loop {
            let waits = state.waiting.len();
            let is_due = |since: &Instant| since.elapsed() >= delay && lingers.is_none();
            let flushes = state.done < state.flush_to || state.closed;
            if waits > 0 && (waits >= self.settings.batch || flushes || since.as_ref().is_some_and(is_due)) {
                return Next::Write(state.take(self.settings.batch));
            }
            if waits == 0 && state.closed {
                return Next::End;
            }
            state.is_idle = waits == 0 && lingers.is_none();
            let wait = match (waits, lingers) {
                (_, Some(linger)) => linger.saturating_sub(since.get_or_insert_with(Instant::now).elapsed()),
                (0, None) => REST,
                (_, None) => delay.saturating_sub(since.get_or_insert_with(Instant::now).elapsed()),
            };
            let (woken, timeout) = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.is_idle = false;
            if !timeout.timed_out() {
                continue;
            }
            if lingers.take().is_none() && state.waiting.is_empty() && !state.closed {
                return Next::Rest;
            }
            if state.waiting.is_empty() {
                since = None;
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
        self.ended.store(true, Ordering::Release);
        let left = std::mem::take(&mut state.waiting);
        drop(state);
        self.failed.fetch_add(left.len() as u64, Ordering::Relaxed);
        self.seen_to.notify_all();
    }
}
