//! What goes into the part of a series that a thread adds to.

use std::sync::{Arc, atomic::Ordering};

use super::Turn;
use crate::{
    layer::measure::{
        plans::Plan,
        rule::{Goes, Rule},
        series::{Series, bits},
        what::Asked,
    },
    metrics::{HeldPart, Part, Row, this_thread},
};

impl<'a> Turn<'a> {
    /// The rules whose measurements go into a part. Nothing here is the user's, but for lots that are handed over.
    #[inline]
    pub(super) fn quick(&self, plan: &Plan, own: &'a Arc<Part>, thread: usize, asked: &Asked) {
        let rules = &self.group.rules;
        let (part, mut held) = match own.try_hold() {
            Some(held) => (own, held),
            None => self.hold_any(own, thread),
        };
        let mut added = 0;
        for add in &plan.adds {
            if let Some(amount) = add.read(self.span, rules, asked) {
                held.add(add.to, amount);
                added |= add.place;
            }
        }
        let mut row = Row::default();
        for take in &plan.takes {
            if let Some(value) = take.read(self.span, rules, asked) {
                row.put(take.place, value);
            }
        }
        if row.places() != 0 {
            let new = row.places() & !part.bound.load(Ordering::Acquire);
            if new != 0 {
                // What makes it is the user's: the part is not held meanwhile.
                drop(held);
                self.bind_first(part, new);
                held = part.hold();
            }
            if held.has_room(&row) {
                held.push(&row);
            } else {
                self.make_room(&mut held, &row);
            }
        }
        drop(held);
        if added & !part.told.load(Ordering::Acquire) != 0 {
            self.tell(part, added);
        }
    }

    /// The series, met now or before; `None` where there is no room for it.
    pub(super) fn series(&self) -> Option<&'a Arc<Series>> {
        let (group, room) = (self.group, &self.engine.room);
        let new = || Arc::new(Series::new(group.bound));
        group.series.find(self.hash, self.key).or_else(|| group.series.meet(self.hash, self.key, Some(room), new))
    }

    /// That thread's part of the series; `None` where there is no room for it.
    #[inline]
    pub(super) fn part(&self, thread: usize) -> Option<&'a Arc<Part>> {
        self.group.parts[thread].find(self.hash, self.key).or_else(|| self.meet(thread))
    }

    #[cold]
    fn meet(&self, thread: usize) -> Option<&'a Arc<Part>> {
        let (group, series) = (self.group, self.series()?);
        group.parts[thread].meet(self.hash, self.key, None, || {
            let new = || Arc::new(Part::new(group.counts));
            let part = group.spare[thread].take(usize::MAX, new).unwrap_or_else(new);
            if let Some(lots) = self.engine.lots.as_ref().filter(|_| group.rows > 0) {
                lots.add(&part, series);
            }
            part
        })
    }

    /// Sees to it that what values at these places go to is there.
    #[cold]
    fn bind_first(&self, part: &Part, places: u64) {
        for place in bits(places) {
            let rule = self.group.rule_of(|goes| matches!(goes, Goes::Row(to) if to == place));
            if let (Some(rule), Some(series)) = (rule, self.series()) {
                series.bound(place.into(), || self.engine.bind(rule, self.key, self.interner));
            }
        }
        part.bound.fetch_or(places, Ordering::Release);
    }

    /// Somebody else holds the thread's part: takes that of another thread, or waits where all are held.
    #[cold]
    fn hold_any(&self, own: &'a Arc<Part>, thread: usize) -> (&'a Arc<Part>, HeldPart<'a>) {
        let threads = self.group.parts.len();
        for other in (1..threads).map(|step| (thread + step) & (threads - 1)) {
            if let Some(part) = self.part(other)
                && let Some(held) = part.try_hold()
            {
                return (part, held);
            }
        }
        (own, own.hold())
    }

    #[cold]
    fn make_room(&self, held: &mut HeldPart<'_>, row: &Row) {
        if let (Some(lots), Some(series)) = (&self.engine.lots, self.series()) {
            lots.make_room(series, held, row);
        }
    }

    #[cold]
    fn tell(&self, part: &Arc<Part>, places: u64) {
        let Some(series) = self.series() else { return };
        series.tell(part, places, |place| {
            let rule = self.group.rule_of(|goes| matches!(goes, Goes::Count(_, to) if to == place))?;
            self.engine.targets[rule.metric].cell(&rule.labels(self.key, self.interner))
        });
    }

    /// Adds to a sum apart from the others.
    pub(super) fn count(&self, rule: &Rule, to: u8, amount: u64) {
        if let Some(part) = self.part(this_thread() & (self.group.parts.len() - 1)) {
            part.hold().add(to, amount);
            return self.tell(part, 1 << to);
        }
        let cell = self.engine.targets[rule.metric].cell(&rule.labels(self.key, self.interner));
        _ = cell.map(|cell| cell.add(amount, this_thread()));
    }
}
