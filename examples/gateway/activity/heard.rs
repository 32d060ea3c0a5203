//! Ids that were heard of, and when.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::state::Clock;

/// So many ids at most: then the oldest leave.
const MOST: usize = 16_384;

/// Ids that were heard of lately. Times are milliseconds since 1970: other processes read them.
pub(super) struct Heard {
    ids: Mutex<Ids>,
    idle: i64,
    clock: Clock,
    most: usize,
}

/// Ids may be personal: a hash is kept, the same in all workers, which are of one program.
type Ids = HashMap<u64, Moment>;

/// An id, and when it was heard of.
pub(super) type Hearing = (u64, i64);

#[derive(Clone, Copy)]
struct Moment {
    at: i64,
    /// What the file has; 0 is nothing.
    told: i64,
}

impl Heard {
    pub(super) fn new(idle: i64, clock: Clock) -> Self {
        Self { ids: Mutex::default(), idle, clock, most: MOST }
    }

    pub(super) fn hear(&self, id: &str) {
        if id.is_empty() {
            return;
        }
        let (now, id) = ((self.clock)(), hash(id));
        let mut ids = self.lock();
        if !ids.contains_key(&id) && ids.len() >= self.most {
            make_room(&mut ids, self.most, now.saturating_sub(self.idle));
        }
        let moment = ids.entry(id).or_insert(Moment { at: now, told: 0 });
        moment.at = moment.at.max(now);
    }

    /// How many are active; the others are forgotten.
    pub(super) fn count(&self) -> u64 {
        let since = self.since();
        let mut ids = self.lock();
        ids.retain(|_, moment| moment.at > since);
        ids.len() as u64
    }

    /// What is heard of before this, or at it, is idle.
    pub(super) fn since(&self) -> i64 {
        (self.clock)().saturating_sub(self.idle)
    }

    /// What the file does not have yet. One that is heard of all the time is told again after a part of `idle`; at the end, each.
    pub(super) fn untold(&self, is_end: bool) -> Vec<Hearing> {
        let slack = if is_end { 0 } else { self.idle / 10 };
        let since = self.since();
        let is_new = |moment: &Moment| moment.at > since && moment.at > moment.told.saturating_add(slack);
        let ids = self.lock();
        // What was never told is not older than the slack only because the clock is young.
        ids.iter().filter(|(_, moment)| moment.told == 0 || is_new(moment)).map(|(id, moment)| (*id, moment.at)).collect()
    }

    /// The file has them.
    pub(super) fn told(&self, told: &[Hearing]) {
        let mut ids = self.lock();
        for (id, at) in told {
            if let Some(moment) = ids.get_mut(id) {
                moment.told = *at;
            }
        }
    }

    /// The file is another one, or may be.
    pub(super) fn tell_again(&self) {
        self.lock().values_mut().for_each(|moment| moment.told = 0);
    }

    fn lock(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Forgets those that are idle; if that is not enough the oldest quarter, so that it is seldom to be done.
fn make_room(ids: &mut Ids, most: usize, since: i64) {
    ids.retain(|_, moment| moment.at > since);
    if ids.len() < most {
        return;
    }
    let mut times: Vec<i64> = ids.values().map(|moment| moment.at).collect();
    let mut leave = (times.len() / 4).max(1);
    let (_, &mut last, _) = times.select_nth_unstable(leave - 1);
    ids.retain(|_, moment| {
        let leaves = leave > 0 && moment.at <= last;
        leave -= usize::from(leaves);
        !leaves
    });
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    use super::*;

    fn heard(most: usize) -> (Heard, Arc<AtomicI64>) {
        let now = Arc::new(AtomicI64::new(1_000_000));
        let read = Arc::clone(&now);
        let heard = Heard::new(1000, Arc::new(move || read.load(Ordering::Relaxed)));
        (Heard { most, ..heard }, now)
    }

    #[test]
    fn what_is_idle_is_forgotten_and_what_is_heard_of_again_stays() {
        let (heard, now) = heard(MOST);
        for id in ["a", "b", "a", ""] {
            heard.hear(id);
        }
        assert_eq!(heard.count(), 2);
        now.fetch_add(600, Ordering::Relaxed);
        heard.hear("a");
        now.fetch_add(600, Ordering::Relaxed);
        assert_eq!(heard.count(), 1);
        now.fetch_add(400, Ordering::Relaxed);
        assert_eq!(heard.count(), 0);
        assert!(heard.lock().is_empty());
    }

    #[test]
    fn the_oldest_leave_where_there_are_too_many() {
        let (heard, now) = heard(8);
        for id in 0..100 {
            now.fetch_add(1, Ordering::Relaxed);
            heard.hear(&id.to_string());
            assert!(heard.lock().len() <= 8);
        }
        let newest = heard.lock();
        assert!((95..100).all(|id| newest.contains_key(&hash(&id.to_string()))));
        drop(newest);
        // All at the same time: still no more than there is room for.
        (100..200).for_each(|id| heard.hear(&id.to_string()));
        assert!((6..=8).contains(&heard.count()));
    }

    #[test]
    fn the_file_is_told_what_it_does_not_have() {
        let (heard, now) = heard(MOST);
        heard.hear("a");
        let first = heard.untold(false);
        assert_eq!(first, [(hash("a"), 1_000_000)]);
        // Not told yet, as long as nobody says that it was.
        assert_eq!(heard.untold(false), first);
        heard.told(&first);
        now.fetch_add(100, Ordering::Relaxed);
        heard.hear("a");
        assert_eq!(heard.untold(false), []);
        assert_eq!(heard.untold(true), [(hash("a"), 1_000_100)]);
        now.fetch_add(1, Ordering::Relaxed);
        heard.hear("a");
        assert_eq!(heard.untold(false), [(hash("a"), 1_000_101)]);
        heard.told(&[(hash("a"), 1_000_101)]);
        heard.tell_again();
        assert_eq!(heard.untold(false).len(), 1);
    }
}
