//! The time from each chunk of a call's response to the next one, kept only while somebody measures it.
//!
//! From the end of one chunk to the end of the next, as whoever reads the response sees it: what the reader does with a chunk before
//! it asks for the next one is in the time, as the [conventions] have it for a client.
//!
//! [conventions]: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// So many gaps are kept of a call, a quarter of a megabyte; later ones are left out.
const MAX_GAPS: usize = 65_536;

static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// Has chunks timed for as long as it is kept.
#[cfg(feature = "layer")]
#[derive(Debug)]
#[must_use = "chunks are timed for as long as it is kept"]
pub(crate) struct ChunkListener(());

/// Has the chunks of all calls timed, from those on that come now; `stamp::gaps` tells the times when a call ends.
#[cfg(feature = "layer")]
pub(crate) fn listen_to_chunks() -> ChunkListener {
    LISTENERS.fetch_add(1, Ordering::Relaxed);
    ChunkListener(())
}

#[cfg(feature = "layer")]
impl Drop for ChunkListener {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Now, if somebody measures the time between chunks: one load where nobody does.
#[inline]
pub(super) fn now() -> Option<Instant> {
    let is_measured = cfg!(feature = "layer") && LISTENERS.load(Ordering::Relaxed) > 0;
    is_measured.then(Instant::now)
}

/// When the chunks of one call came.
#[derive(Debug, Default)]
pub(super) struct ChunkTimes {
    first: Option<Instant>,
    last: Option<Instant>,
    gaps: Vec<f32>,
}

impl ChunkTimes {
    /// A chunk has come.
    pub(super) fn push(&mut self, at: Instant) {
        let Some(last) = self.last else {
            (self.first, self.last) = (Some(at), Some(at));
            return;
        };
        let gap = at.saturating_duration_since(last);
        // Threads that record on one call may come here in another order than they have read the clock.
        if !gap.is_zero() {
            self.last = Some(at);
        }
        self.push_gap(gap.as_secs_f32());
    }

    /// Those chunks have come before these.
    pub(super) fn prepend(&mut self, earlier: Self) {
        if earlier.is_empty() {
            return;
        }
        let later = std::mem::replace(self, earlier);
        if let Some(first) = later.first {
            self.push(first);
            self.last = self.last.max(later.last);
            later.gaps.into_iter().for_each(|gap| self.push_gap(gap));
        }
    }

    /// In seconds. With 24 bits a gap of ten seconds is told to the microsecond.
    #[inline]
    fn push_gap(&mut self, seconds: f32) {
        if self.gaps.len() < MAX_GAPS {
            self.gaps.push(seconds);
        }
    }

    /// Whether nothing is known of any chunk.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The times from each chunk to the next, in order; none where there were no two chunks.
    pub(super) fn into_gaps(self) -> Vec<f32> {
        self.gaps
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(start: Instant, seconds: &[u64]) -> ChunkTimes {
        let mut times = ChunkTimes::default();
        for second in seconds {
            times.push(start + Duration::from_secs(*second));
        }
        times
    }

    #[test]
    fn a_gap_is_the_time_from_one_chunk_to_the_next() {
        let start = Instant::now();
        assert_eq!(at(start, &[1, 3, 6, 6]).into_gaps(), [2.0, 3.0, 0.0]);
        assert_eq!(at(start, &[7]).into_gaps(), [] as [f32; 0]);
        assert!(!at(start, &[7]).is_empty() && at(start, &[]).is_empty());
    }

    #[test]
    fn times_that_arrive_out_of_order_are_no_longer_in_sum_than_the_response_took() {
        assert_eq!(at(Instant::now(), &[1, 5, 3, 6]).into_gaps(), [4.0, 0.0, 1.0]);
    }

    #[test]
    fn earlier_chunks_are_put_before_with_the_gap_between() {
        let start = Instant::now();
        let put = |earlier: &[u64], later: &[u64], then: u64| {
            let mut times = at(start, later);
            times.prepend(at(start, earlier));
            times.push(start + Duration::from_secs(then));
            times.into_gaps()
        };
        assert_eq!(put(&[1, 3], &[6, 10], 15), [2.0, 3.0, 4.0, 5.0]);
        assert_eq!(put(&[], &[6, 10], 15), [4.0, 5.0]);
        assert_eq!(put(&[1, 3], &[], 15), [2.0, 12.0]);
        assert_eq!(put(&[], &[], 15), [] as [f32; 0]);
    }

    #[test]
    fn gaps_beyond_the_bound_are_left_out() {
        let start = Instant::now();
        let (mut times, mut later) = (ChunkTimes::default(), at(start, &[9, 10]));
        (0..=MAX_GAPS + 3).for_each(|_| times.push(start));
        later.prepend(times);
        let gaps = later.into_gaps();
        assert_eq!((gaps.len(), gaps.capacity()), (MAX_GAPS, MAX_GAPS));
        assert!(gaps.iter().all(|gap| *gap == 0.0));
    }

    #[test]
    #[cfg(feature = "layer")]
    fn the_clock_is_read_while_somebody_listens() {
        let (one, other) = (listen_to_chunks(), listen_to_chunks());
        drop(one);
        assert!(now().is_some());
        drop(other);
    }
}
