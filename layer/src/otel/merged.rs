//! What several layers count as one metric.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::metrics::{Labels, MAX_SERIES, Number, Reader};

/// The readers of one metric, added up: an observable instrument keeps one value a set of labels, the last it is told.
#[derive(Debug)]
pub(super) struct Merged(Mutex<Parts>);

#[derive(Debug)]
struct Parts {
    readers: Vec<Reader>,
    /// The label sets that are told apart, once there are several readers: at most [`MAX_SERIES`]. One that was told apart always is, and
    /// one that was added to the others is never told apart later: both would make a sum fall.
    told_apart: HashSet<Labels>,
}

impl Merged {
    pub(super) fn new(reader: Reader) -> Self {
        Self(Mutex::new(Parts { readers: vec![reader], told_apart: HashSet::new() }))
    }

    pub(super) fn add(&self, reader: Reader) {
        self.lock().readers.push(reader);
    }

    /// Gives each set of labels with the sum of what the readers have for it. No lock is held when they are read.
    pub(super) fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        let readers = self.lock().readers.clone();
        if let [reader] = &readers[..] {
            return reader.read(each);
        }
        // In the order of the readers: what the first one told before there was a second is let in first.
        let mut values = Vec::new();
        for reader in readers {
            reader.read(|labels, value| values.push((sorted(labels), value)));
        }
        let mut sums = HashMap::<Labels, Number>::new();
        let mut parts = self.lock();
        for (labels, value) in values {
            let labels = if parts.tells_apart(&labels) { labels } else { Labels::overflow() };
            sums.entry(labels).and_modify(|sum| *sum = sum.plus(value)).or_insert(value);
        }
        drop(parts);
        for (labels, sum) in &sums {
            each(labels, *sum);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    /// Whether the labels have a series of their own; lets them in while there is room.
    fn tells_apart(&mut self, labels: &Labels) -> bool {
        if self.told_apart.contains(labels) {
            return true;
        }
        let has_room = self.told_apart.len() < MAX_SERIES && *labels != Labels::overflow();
        has_room && self.told_apart.insert(labels.clone())
    }
}

/// In one order, whichever the layer has: to the meter they are the same labels.
fn sorted(labels: &Labels) -> Labels {
    if labels.parts().is_sorted() {
        return labels.clone();
    }
    let mut parts = labels.parts().to_vec();
    parts.sort_unstable();
    parts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::metrics::Read;

    #[derive(Clone, Default)]
    struct Counted(Arc<Mutex<Vec<(Labels, u64)>>>);

    impl Counted {
        fn of(name: &str, sets: usize) -> Self {
            let counted = Self::default();
            counted.count(name, 0..sets);
            counted
        }

        fn count(&self, name: &str, ids: std::ops::Range<usize>) {
            let labels = |id| [("id", format!("{name}{id}"))].into_iter().collect();
            self.0.lock().unwrap().extend(ids.map(|id| (labels(id), 1)));
        }
    }

    impl Read for Counted {
        fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
            // In any order, as maps have them.
            self.0.lock().unwrap().rotate_left(1);
            self.0.lock().unwrap().iter().for_each(|(labels, count)| each(labels, Number::Unsigned(*count)));
        }
    }

    fn read(merged: &Merged) -> HashMap<Labels, u64> {
        let mut all = HashMap::new();
        merged.read(&mut |labels, value| {
            let Number::Unsigned(value) = value else { panic!("{value:?} is no count") };
            assert_eq!(all.insert(labels.clone(), value), None, "{labels:?} is told twice");
        });
        all
    }

    #[test]
    fn what_is_beyond_the_bound_is_added_up_and_no_sum_ever_falls() {
        let (first, second) = (Counted::of("a", 1_000), Counted::of("b", 1_500));
        let merged = Merged::new(Reader::new(first.clone()));
        let mut before = read(&merged);
        merged.add(Reader::new(second.clone()));
        for round in 0..4 {
            let now = read(&merged);
            assert!(now.len() <= MAX_SERIES + 1, "{} series", now.len());
            assert_eq!(now.values().sum::<u64>(), 2_500 + 100 * round);
            let falls = before.iter().find(|(labels, value)| now.get(*labels) < Some(*value));
            assert_eq!(falls, None, "now {:?}", falls.map(|(labels, _)| now.get(labels)));
            before = now;
            first.count("more", usize::try_from(round).unwrap() * 100..usize::try_from(round + 1).unwrap() * 100);
        }
        assert_eq!(before[&Labels::overflow()], 2_500 + 300 - u64::try_from(MAX_SERIES).unwrap());
    }

    #[test]
    fn labels_in_another_order_are_the_same() {
        let counted = |labels: [(&'static str, &'static str); 2]| {
            Reader::new(Counted(Arc::new(Mutex::new(vec![(labels.into_iter().collect(), 2)]))))
        };
        let merged = Merged::new(counted([("a", "1"), ("b", "2")]));
        merged.add(counted([("b", "2"), ("a", "1")]));
        assert_eq!(read(&merged).into_values().collect::<Vec<_>>(), [4]);
    }
}
