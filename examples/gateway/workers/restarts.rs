//! When a worker that has ended is started again.

use std::time::Duration;

/// A worker that ends sooner has not even started.
const STARTED: Duration = Duration::from_secs(2);

/// A worker that so many times in succession has not even started never will.
const STARTS: u32 = 5;

/// The first pause. Each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// How often a worker failed to start.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    failed: u32,
}

impl Restarts {
    /// A worker has ended, after so long: how long to wait before the next start. `None`: it is no use.
    pub(super) fn after(&mut self, lived: Duration) -> Option<Duration> {
        self.failed = if lived < STARTED { self.failed + 1 } else { 0 };
        (self.failed < STARTS).then(|| PAUSE * 2_u32.pow(self.failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_never_starts_is_given_up_after_ever_longer_pauses() {
        let mut restarts = Restarts::default();
        let pauses: Vec<_> = std::iter::from_fn(|| restarts.after(Duration::ZERO)).collect();
        assert_eq!(pauses.len(), 4);
        assert!(pauses.is_sorted_by(|shorter, longer| shorter < longer), "{pauses:?}");
    }

    #[test]
    fn a_worker_that_served_is_started_again_however_often() {
        let mut restarts = Restarts::default();
        for _ in 0..100 {
            assert_eq!(restarts.after(Duration::from_secs(60)), Some(PAUSE));
            assert!(restarts.after(Duration::ZERO).is_some());
        }
    }
}
