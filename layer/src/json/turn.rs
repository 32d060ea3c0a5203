//! One line's turn on its thread: the buffer it is written into, and how deep it is nested in other lines.
//!
//! A user's `Debug` may emit events while a line is written. Each gets a line of its own, as the buffer is taken, not
//! borrowed; but only to a depth, as such a `Debug` may well be called again for the event it emits.

use std::cell::Cell;
use std::mem;

/// Lines within a line, beyond the outermost.
const NESTED: u8 = 4;
/// A buffer that grew beyond this is not kept for the next line.
const KEPT: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Buffers> = const { Cell::new(Buffers { line: Vec::new(), carried: Vec::new() }) };
    static DEPTH: Cell<u8> = const { Cell::new(0) };
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// What a line is put together in.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) line: Vec<u8>,
    /// For each span field that is carried: whether the line has it.
    pub(super) carried: Vec<bool>,
}

/// Gives the buffers back when dropped.
pub(super) struct Turn {
    pub(super) buffers: Buffers,
}

impl Turn {
    /// `None` where lines are nested too deep, or the event comes from the writer itself, which may hold a lock.
    pub(super) fn take() -> Option<Self> {
        let depth = DEPTH.get();
        if depth > NESTED || WRITING.get() {
            return None;
        }
        DEPTH.set(depth + 1);
        // Gone where the thread is ending.
        let mut buffers = SPARE.try_with(Cell::take).unwrap_or_default();
        buffers.line.clear();
        Some(Self { buffers })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
        if self.buffers.line.capacity() <= KEPT {
            let buffers = mem::take(&mut self.buffers);
            let _ = SPARE.try_with(|spare| spare.set(buffers));
        }
    }
}

/// Marks the thread as writing for as long as it lives.
pub(super) struct Writing(());

impl Writing {
    pub(super) fn start() -> Self {
        WRITING.set(true);
        Self(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.set(false);
    }
}
