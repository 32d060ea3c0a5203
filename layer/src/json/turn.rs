//! One line's turn on its thread: the buffer it is written into, and how deep it is nested in other lines.
//!
//! A user's `Debug` may emit events while a line is written. Each gets a line of its own, as the buffer is taken, not
//! borrowed; but only to a depth, as such a `Debug` may well be called again for the event it emits.

use super::recent::Recent;
use super::time::Clock;
use std::cell::Cell;

/// Lines within a line, beyond the outermost.
const NESTED: u8 = 4;
/// A buffer that grew beyond this is not kept for the next line.
const KEPT: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
    static DEPTH: Cell<u8> = const { Cell::new(0) };
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// What a line is put together in.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) line: Vec<u8>,
    /// For each span field that is carried: whether the line has it.
    pub(super) carried: Vec<bool>,
    pub(super) clock: Clock,
    pub(super) plans: Recent,
}

/// Lends the thread's buffers to what writes a line. `false` where it is not called: where lines are nested too deep, or the
/// event comes from the writer itself, which may hold a lock.
pub(super) fn take(write: impl FnOnce(&mut Buffers)) -> bool {
    let depth = DEPTH.get();
    if depth > NESTED || WRITING.get() {
        return false;
    }
    let depth = Depth::enter(depth);
    // Gone where the thread is ending.
    let mut buffers = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    buffers.line.clear();
    write(&mut buffers);
    if buffers.line.capacity() > KEPT {
        buffers.line = Vec::new();
    }
    let _ = SPARE.try_with(|spare| spare.set(Some(buffers)));
    drop(depth);
    true
}

/// Goes back to the depth before when dropped.
struct Depth(u8);

impl Depth {
    #[inline]
    fn enter(before: u8) -> Self {
        DEPTH.set(before + 1);
        Self(before)
    }
}

impl Drop for Depth {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(self.0);
    }
}

/// Marks the thread as writing for as long as it lives.
pub(super) struct Writing(());

impl Writing {
    #[inline]
    pub(super) fn start() -> Self {
        WRITING.set(true);
        Self(())
    }
}

impl Drop for Writing {
    #[inline]
    fn drop(&mut self) {
        WRITING.set(false);
    }
}
