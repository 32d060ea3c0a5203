//! How long is waited between attempts.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// The first wait at most.
const FIRST: Duration = Duration::from_millis(200);

/// No wait is longer, unless the server asks for it. The Collector's own exporters have the same.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double, with jitter: programs that lose their Collector at the same moment don't come back at the same moment.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) const fn new() -> Self {
        Self(FIRST)
    }

    /// The next wait: between half of it and all of it, never shorter than the server asks for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let longest = self.0;
        self.0 = (longest * 2).min(LONGEST);
        let wait = longest / 2 + (longest / 2).mul_f64(random());
        asked.map_or(wait, |asked| asked.max(wait.min(asked + FIRST)))
    }
}

/// From 0 to 1: a new hasher has keys of its own. Nothing here needs better randomness.
fn random() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut backoff = Backoff::new();
        let mut longest = FIRST;
        for _ in 0..20 {
            let wait = backoff.next(None);
            assert!(wait >= longest / 2 && wait <= longest, "{wait:?} of {longest:?}");
            longest = (longest * 2).min(LONGEST);
        }
    }

    #[test]
    fn a_server_is_not_asked_before_it_wants_to_be() {
        let asked = Duration::from_secs(7);
        let wait = Backoff::new().next(Some(asked));
        assert!(wait >= asked && wait <= asked + FIRST, "{wait:?}");
    }
}
