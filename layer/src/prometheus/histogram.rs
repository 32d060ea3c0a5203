//! Distributions: a count a bucket and a sum, in parts that threads do not contend for.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    exemplars::{Exemplars, Told},
    labels::LabelSet,
    spelling,
};
use crate::metrics::{Exemplar, HistogramFamily, HistogramPoint, Labels, parts, this_thread};

/// The series of one histogram. Clones share them.
#[derive(Clone)]
pub(super) struct Distribution(Arc<Series>);

struct Series {
    bounds: Arc<[f64]>,
    /// How the bounds are spelt, `+Inf` at the end.
    spelt: Box<[String]>,
    exemplars: bool,
    by_labels: Mutex<BTreeMap<LabelSet, Histogram>>,
}

/// What a histogram says at one moment.
pub(super) struct Snapshot {
    /// How many values each bucket has taken, without those of the buckets below it. Their sum is the count.
    pub(super) buckets: Vec<u64>,
    pub(super) sum: f64,
    pub(super) exemplars: Vec<Option<Told>>,
}

impl Distribution {
    pub(super) fn new(boundaries: &[f64], exemplars: bool) -> Self {
        // The last bucket takes the rest, whether or not it is spelt out.
        let mut bounds: Vec<f64> = boundaries.iter().copied().filter(|bound| bound.is_finite()).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        let spelt = bounds.iter().copied().chain([f64::INFINITY]).map(spelling::bound).collect();
        Self(Arc::new(Series { bounds: bounds.into(), spelt, exemplars, by_labels: Mutex::default() }))
    }

    pub(super) fn has_bounds_of(&self, other: &Self) -> bool {
        self.0.spelt == other.0.spelt
    }

    /// How the bounds of the buckets are spelt.
    pub(super) fn spelt(&self) -> &[String] {
        &self.0.spelt
    }

    /// What each series says, in the order of their labels. No lock is held when they are read.
    pub(super) fn read(&self) -> Vec<(LabelSet, Snapshot)> {
        let series = self.0.by_labels.lock().unwrap_or_else(PoisonError::into_inner).clone();
        series.into_iter().map(|(labels, histogram)| (labels, histogram.read())).collect()
    }
}

impl HistogramFamily for Distribution {
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint> {
        let mut series = self.0.by_labels.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Histogram::new(Arc::clone(&self.0.bounds), self.0.exemplars);
        Box::new(series.entry(LabelSet::of_histogram(labels)).or_insert_with(new).clone())
    }
}

/// One series: a part a thread, as many as the machine has processors (at most 16), each made when a thread first needs it. Clones share
/// them; a point is one, so that nothing is between it and its parts.
#[derive(Clone)]
struct Histogram {
    bounds: Arc<[f64]>,
    parts: Arc<[OnceLock<Part>]>,
    exemplars: Option<Arc<Exemplars>>,
}

impl HistogramPoint for Histogram {
    fn record(&self, value: f64, exemplar: Option<&Exemplar>) {
        // One that is not finite is none: it would spoil the sum for good.
        if value.is_finite() {
            let (part, bucket) = (self.part(), self.bucket(value));
            part.count(bucket).fetch_add(1, Ordering::Relaxed);
            self.note(bucket, value, exemplar);
            part.add(|sum| sum + value);
        }
    }

    fn record_all(&self, values: &[f64], exemplar: Option<&Exemplar>) {
        let part = self.part();
        // Values that follow each other are mostly of one bucket: those are counted in one go.
        let (mut bucket, mut count) = (0, 0);
        for value in values.iter().copied().filter(|value| value.is_finite()) {
            let of = self.bucket(value);
            if of != bucket && count > 0 {
                part.count(bucket).fetch_add(std::mem::take(&mut count), Ordering::Relaxed);
            }
            (bucket, count) = (of, count + 1);
            self.note(of, value, exemplar);
        }
        if count > 0 {
            part.count(bucket).fetch_add(count, Ordering::Relaxed);
        }
        // In their order: sums of doubles depend on it.
        part.add(|sum| values.iter().copied().filter(|value| value.is_finite()).fold(sum, |sum, value| sum + value));
    }
}

impl Histogram {
    fn new(bounds: Arc<[f64]>, exemplars: bool) -> Self {
        let exemplars = exemplars.then(|| Arc::new(Exemplars::new(bounds.len() + 1)));
        Self { bounds, parts: (0..parts()).map(|_| OnceLock::new()).collect(), exemplars }
    }

    /// The part of this thread.
    #[inline]
    fn part(&self) -> &Part {
        // The number of parts is a power of two.
        self.parts[this_thread() & (self.parts.len() - 1)].get_or_init(|| Part::new(self.bounds.len() + 1))
    }

    #[inline]
    fn bucket(&self, value: f64) -> usize {
        self.bounds.partition_point(|bound| *bound < value)
    }

    /// Notes where a value of that bucket comes from.
    #[inline]
    fn note(&self, bucket: usize, value: f64, exemplar: Option<&Exemplar>) {
        if let (Some(exemplars), Some(exemplar)) = (&self.exemplars, exemplar) {
            exemplars.note(bucket, value, exemplar);
        }
    }

    /// Each count is read once, and the whole is made of them: so a snapshot agrees with itself whatever is recorded meanwhile.
    fn read(&self) -> Snapshot {
        let mut buckets = vec![0_u64; self.bounds.len() + 1];
        let mut sum = 0.0;
        for part in self.parts.iter().filter_map(OnceLock::get) {
            for (bucket, count) in buckets.iter_mut().enumerate() {
                *count = count.wrapping_add(part.count(bucket).load(Ordering::Relaxed));
            }
            sum += f64::from_bits(part.sum().load(Ordering::Relaxed));
        }
        let exemplars = match &self.exemplars {
            Some(exemplars) => (0..buckets.len()).map(|bucket| exemplars.get(bucket)).collect(),
            None => Vec::new(),
        };
        Snapshot { buckets, sum, exemplars }
    }
}

/// The sum, then a count a bucket, on cache lines of their own (two at a time: processors fetch in pairs).
struct Part(Box<[Lines]>);

#[derive(Default)]
#[repr(align(128))]
struct Lines([AtomicU64; PER_LINES]);

const PER_LINES: usize = 16;

impl Part {
    fn new(buckets: usize) -> Self {
        Self((0..(buckets + 1).div_ceil(PER_LINES)).map(|_| Lines::default()).collect())
    }

    #[inline]
    fn sum(&self) -> &AtomicU64 {
        &self.0[0].0[0]
    }

    #[inline]
    fn count(&self, bucket: usize) -> &AtomicU64 {
        let place = bucket + 1;
        &self.0[place / PER_LINES].0[place % PER_LINES]
    }

    /// Adds to the sum.
    #[inline]
    fn add(&self, add: impl Fn(f64) -> f64) {
        let add = |sum| Some(add(f64::from_bits(sum)).to_bits());
        // It always has a next value, so it never fails.
        let _ = self.sum().fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}
