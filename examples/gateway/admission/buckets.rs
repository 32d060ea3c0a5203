//! What each client has left, in bounded memory.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};

/// After so many requests those are forgotten who have all of it back.
const TURN: usize = 4096;
/// So many clients are told apart; between two turns `TURN` more.
const MOST: usize = 65_536;
/// So many buckets are for all others while there are more.
const SHARED: u64 = 1024;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// A hash of the credential: it is kept nowhere.
    Credential(u64),
    /// Of IPv6 the first 64 bits: a client has all the rest.
    Address(IpAddr),
    /// Nothing is known.
    Somebody,
    /// One of too many.
    Crowd(u64),
}

impl Asker {
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address @ IpAddr::V4(_) => address,
        })
    }
}

pub(super) struct Buckets<C: Clock = DefaultClock> {
    limiter: RateLimiter<Asker, DashMapStateStore<Asker>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    /// Of its own for each process: nobody can know which credentials share a bucket.
    hasher: RandomState,
    requests: AtomicUsize,
    is_crowded: AtomicBool,
    most: usize,
}

impl Buckets {
    pub(super) fn new(quota: Quota) -> Self {
        Self::with(quota, DefaultClock::default(), MOST)
    }
}

impl<C: Clock + Clone> Buckets<C> {
    fn with(quota: Quota, clock: C, most: usize) -> Self {
        let limiter = RateLimiter::dashmap_with_clock(quota, clock.clone());
        let (hasher, requests, is_crowded) = (RandomState::new(), AtomicUsize::new(0), AtomicBool::new(false));
        Self { limiter, clock, hasher, requests, is_crowded, most }
    }

    pub(super) fn credential(&self, shown: &[u8]) -> Asker {
        Asker::Credential(self.hasher.hash_one(shown))
    }

    /// Takes one of what it has left; an error is the time until there is one.
    pub(super) fn take(&self, asker: Asker) -> Result<(), Duration> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % TURN == TURN - 1 {
            self.forget();
        }
        let asker = match asker {
            one if !self.is_crowded.load(Ordering::Relaxed) => one,
            // So who asks with one credential after another gets no bucket for each.
            one => Asker::Crowd(self.hasher.hash_one(one) % SHARED),
        };
        self.limiter.check_key(&asker).map_err(|until| until.wait_time_from(self.clock.now()))
    }

    fn forget(&self) {
        let before = self.limiter.len();
        self.limiter.retain_recent();
        let now = self.limiter.len();
        if now < before / 2 {
            self.limiter.shrink_to_fit();
        }
        self.is_crowded.store(now >= self.most, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn buckets(clock: &FakeRelativeClock, burst: u32, most: usize) -> Buckets<FakeRelativeClock> {
        let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(NonZeroU32::new(burst).unwrap());
        Buckets::with(quota, clock.clone(), most)
    }

    fn at(address: &str) -> Asker {
        Asker::at(address.parse().unwrap())
    }

    #[test]
    fn each_has_a_burst_and_then_what_comes_back() {
        let clock = FakeRelativeClock::default();
        let buckets = buckets(&clock, 2, MOST);
        let (one, other) = (buckets.credential(b"one"), buckets.credential(b"other"));
        assert_eq!([one, one].map(|asker| buckets.take(asker)), [Ok(()), Ok(())]);
        assert_eq!(buckets.take(one), Err(Duration::from_secs(1)));
        assert_eq!(buckets.take(other), Ok(()));
        clock.advance(Duration::from_millis(400));
        assert_eq!(buckets.take(one), Err(Duration::from_millis(600)));
        clock.advance(Duration::from_millis(600));
        assert_eq!([one, one].map(|asker| buckets.take(asker).is_ok()), [true, false]);
    }

    #[test]
    fn an_address_of_ipv6_is_its_network_and_a_mapped_one_is_of_ipv4() {
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.7"), at("192.0.2.7"));
        assert_ne!(at("192.0.2.7"), at("192.0.2.8"));
    }

    #[test]
    fn who_has_all_of_it_back_is_forgotten() {
        let clock = FakeRelativeClock::default();
        let buckets = buckets(&clock, 1, MOST);
        for client in 0..TURN as u64 - 1 {
            buckets.take(Asker::Credential(client)).unwrap();
        }
        assert_eq!(buckets.limiter.len(), TURN - 1);
        clock.advance(Duration::from_secs(5));
        buckets.take(Asker::Somebody).unwrap();
        assert_eq!(buckets.limiter.len(), 1);
    }

    #[test]
    fn too_many_share_what_is_left_and_take_no_more_memory() {
        let clock = FakeRelativeClock::default();
        let buckets = buckets(&clock, 1, 2000);
        let admitted =
            |clients: std::ops::Range<u64>| clients.filter(|client| buckets.take(Asker::Credential(*client)).is_ok()).count();
        let turn = TURN as u64;
        assert_eq!(admitted(0..turn), TURN);
        let in_crowd = admitted(turn..10 * turn);
        assert!(in_crowd <= 1024, "{in_crowd}");
        assert!(buckets.limiter.len() <= TURN + 1024);
        // Once they are gone each has one of its own again.
        clock.advance(Duration::from_secs(60));
        admitted(0..turn);
        assert!(!buckets.is_crowded.load(Ordering::Relaxed));
    }
}
