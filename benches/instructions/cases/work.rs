//! What is done again and again.

use std::{any::Any, hint::black_box};

/// So often it is done while it is counted.
pub(crate) const CALLS: u64 = 1_000;
/// So often it is done before.
const WARM: u64 = 300;

/// The loop stands where the body is known, so that all that a round has beside the body is the loop.
pub(crate) struct Work {
    rounds: Box<dyn FnMut(u64)>,
    /// What has to be there meanwhile; made last, dropped last.
    _kept: Box<dyn Any>,
}

impl Work {
    /// Warm when it is returned.
    pub(crate) fn new<T>(kept: impl Any, mut body: impl FnMut() -> T + 'static) -> Self {
        let rounds = move |count| {
            for _ in 0..count {
                black_box(body());
            }
        };
        let mut work = Self { rounds: Box::new(rounds), _kept: Box::new(kept) };
        (work.rounds)(WARM);
        work
    }

    /// The rounds that are counted.
    pub(crate) fn run(&mut self) {
        (self.rounds)(CALLS);
    }
}

/// Chunks that a stream has to have.
#[allow(clippy::cast_possible_truncation, reason = "some thousand")]
pub(crate) const CHUNKS: usize = (CALLS + WARM) as usize + 1;
