//! How long a sink may go on trying.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Between the last attempts.
const SHORTEST: Duration = Duration::from_millis(20);

/// Tells a sink how long it may go on trying: without end while the program runs, until a deadline once it ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patience(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    end: Mutex<Option<Instant>>,
    changed: Condvar,
}

impl Patience {
    /// How much is left; `None` while there is no end to it.
    pub(crate) fn left(&self) -> Option<Duration> {
        let end = *self.0.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Whether it has come to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }

    /// Waits before a further attempt, for so long at most; `false` where it has ended. Once the program ends, a quarter of what is left is the
    /// longest wait, so that attempts are made while there is time, and a wait that is under way is cut short.
    pub(crate) fn wait(&self, duration: Duration) -> bool {
        let end = self.0.end.lock().unwrap_or_else(PoisonError::into_inner);
        match *end {
            None => {
                let woken = self.0.changed.wait_timeout(end, duration).unwrap_or_else(PoisonError::into_inner);
                drop(woken);
            }
            Some(at) => {
                drop(end);
                let left = at.saturating_duration_since(Instant::now());
                std::thread::sleep(duration.min((left / 4).max(SHORTEST)).min(left));
            }
        }
        !self.is_over()
    }

    /// It ends then.
    pub(crate) fn end_at(&self, at: Instant) {
        let mut end = self.0.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end.is_none_or(|end| at < end) {
            *end = Some(at);
        }
        drop(end);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_cut_short_when_the_end_is_set() {
        let patience = Patience::default();
        let other = patience.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_secs(3_600)));
        assert_eq!(patience.left(), None);
        patience.end_at(Instant::now() + Duration::from_secs(4));
        assert!(waiting.join().expect("no panic"), "there is still time for an attempt");
    }

    #[test]
    fn an_end_is_never_put_off() {
        let patience = Patience::default();
        patience.end_at(Instant::now());
        patience.end_at(Instant::now() + Duration::from_secs(60));
        assert!(patience.is_over());
        assert!(!patience.wait(Duration::from_secs(60)));
    }
}
