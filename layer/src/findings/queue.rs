//! Lines that wait for the thread that writes them.

use std::{
    collections::VecDeque,
    io::Write,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use super::at_exit;

/// So many lines wait; further ones are dropped and counted.
const ROOM: usize = 1024;

/// Lines that wait for the writer. Not a channel: whoever waits for the end of it must not need a place in it.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lines: Mutex<Lines>,
    /// There is a line, or there will be no more.
    changed: Condvar,
    /// Lines were written.
    written: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Lines {
    waiting: VecDeque<String>,
    /// How many were taken in, and how many of them the writer has seen to.
    taken: u64,
    done: u64,
    /// Nobody adds any more.
    closed: bool,
    /// The writer has panicked, or its thread was never started.
    dead: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, line: String) {
        let mut lines = self.lock();
        if lines.dead || lines.waiting.len() >= ROOM {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        lines.waiting.push_back(line);
        lines.taken += 1;
        drop(lines);
        self.changed.notify_one();
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until what was pushed so far is written; `false` where it is not by then, or never will be. Without a deadline it waits
    /// for ever.
    pub(super) fn wait_until_written(&self, deadline: Option<Instant>) -> bool {
        let mut lines = self.lock();
        let all = lines.taken;
        while lines.done < all && !lines.dead {
            lines = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.written.wait(lines).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return false,
                Some(left) => self.written.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        lines.done >= all
    }

    /// No more is pushed; the writer's thread ends when it has written what waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// The next line; `None` when there will be none.
    fn next(&self) -> Option<String> {
        let mut lines = self.lock();
        loop {
            if let Some(line) = lines.waiting.pop_front() {
                return Some(line);
            }
            if lines.closed {
                return None;
            }
            lines = self.changed.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn is_done(&self) {
        self.lock().done += 1;
        self.written.notify_all();
    }

    /// What waits is lost, and so is all that comes.
    fn die(&self) {
        let mut lines = self.lock();
        lines.dead = true;
        self.dropped.fetch_add(lines.taken - lines.done, Ordering::Relaxed);
        lines.waiting.clear();
        drop(lines);
        self.written.notify_all();
    }
}

/// Starts the thread that writes.
pub(super) fn start(queue: &Arc<Queue>, writer: Box<dyn Write + Send>) -> Option<thread::JoinHandle<()>> {
    at_exit::register(Arc::downgrade(queue));
    let for_thread = Arc::clone(queue);
    let thread = thread::Builder::new().name("llm-span-findings".into()).spawn(move || write(&for_thread, writer));
    if thread.is_err() {
        queue.die();
    }
    thread.ok()
}

/// A writer that fails loses the line, and nothing else.
fn write(queue: &Queue, mut writer: Box<dyn Write + Send>) {
    let _end = End(queue);
    // The writer may log through `tracing`; its findings must not come back here. A new subscriber would be registered, under a lock that
    // `tracing` may hold while it drops the layer that waits for this thread.
    let _quiet = tracing::dispatcher::set_default(&tracing::Dispatch::none());
    while let Some(line) = queue.next() {
        drop(writer.write_all(line.as_bytes()).and_then(|()| writer.flush()));
        queue.is_done();
    }
}

/// The end of the writer's thread.
struct End<'q>(&'q Queue);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.die();
        }
    }
}
