//! What the rules of a group measure of one span.

mod parts;
mod traced;

use std::cell::Cell;

pub(super) use traced::Traced;

use super::{
    Engine, Measured, exemplar,
    key::Key,
    rule::{Goes, Rule},
    site::Group,
    target::{Bound, Kind, Point},
    what::{self, Asked, What},
};
use crate::{
    call::stamp,
    guard,
    layer::{intern::Interner, quantity::Quantity},
    metrics::{Exemplar, this_thread},
};

/// A span, and the key by which the series of a group are found.
pub(super) struct Turn<'a> {
    engine: &'a Engine,
    interner: &'a Interner,
    group: &'a Group,
    span: &'a Measured<'a>,
    /// The filters that it passes, as bits.
    selected: u64,
    key: &'a Key,
    hash: u64,
    /// Whether there is room for a series, and so for sums and rows.
    has_part: Cell<bool>,
    done: Cell<Done>,
}

/// How far it has come: so many rules, and of the next one so many sinks.
#[derive(Clone, Copy, Default, PartialEq)]
struct Done {
    rules: usize,
    sinks: usize,
}

impl<'a> Turn<'a> {
    /// `None` where no rule of the group holds for the span. `key` is one in which nothing stands.
    #[inline]
    pub(super) fn new(
        engine: &'a Engine,
        group: &'a Group,
        span: &'a Measured<'a>,
        interner: &'a Interner,
        key: &'a mut Key,
    ) -> Option<Self> {
        let selected = group.selecting(span);
        if selected == 0 {
            return None;
        }
        group.read(span, key);
        let hash = key.hash(&group.hasher);
        Some(Self { engine, interner, group, span, selected, key, hash, has_part: Cell::new(false), done: Cell::default() })
    }

    /// Measures the span.
    #[inline]
    pub(super) fn measure(&self, asked: &Asked, traced: &Traced<'_>) {
        let thread = this_thread() & (self.group.parts.len() - 1);
        let Some(part) = self.part(thread) else { return self.others(asked, traced) };
        let plan = self.group.plan(self.selected);
        self.has_part.set(true);
        self.quick(&plan, part, thread, asked);
        if !plan.others.is_empty() {
            self.others(asked, traced);
        }
    }

    /// Gives the rules whose measurements do not go into a part, but for so many of the group's first.
    #[inline]
    pub(super) fn each_other(&self, from: usize, mut each: impl FnMut(usize, &'a Rule)) {
        let group = self.group;
        let mut each = |at: usize| {
            if at >= from {
                each(at, &group.rules[at]);
            }
        };
        if self.has_part.get() {
            group.plan(self.selected).others.iter().for_each(|at| each(*at));
        } else {
            group.rules_of(self.selected).for_each(each);
        }
    }

    /// What does not go into a part. Sinks are the user's: after one that panics it goes on with the next.
    #[inline(never)]
    fn others(&self, asked: &Asked, traced: &Traced<'_>) {
        let go_on = || {
            self.each_other(self.done.get().rules, |at, rule| {
                self.rule(rule, asked, traced);
                self.done.set(Done { rules: at + 1, sinks: 0 });
            });
        };
        let mut before = None;
        while guard::run(go_on).is_none() {
            // A panic of nobody's, of which there is none, would come again.
            if before.replace(self.done.get()) == Some(self.done.get()) {
                break;
            }
        }
    }

    fn rule(&self, rule: &Rule, asked: &Asked, traced: &Traced<'_>) {
        if let Some(quantity) = rule.what.read(self.span, asked) {
            self.put(rule, quantity, traced);
        } else if matches!(rule.what, What::TimePerChunk) {
            self.put_gaps(rule, traced);
        }
    }

    fn put(&self, rule: &Rule, quantity: Quantity, traced: &Traced<'_>) {
        match rule.goes {
            Goes::Count(kind, to) => {
                if let Some(amount) = kind.amount(quantity) {
                    self.count(rule, to, amount);
                }
            }
            Goes::Row(place) => self.with_bound(rule, place.into(), |bound| self.put_bound(rule, bound, quantity, traced)),
            Goes::Bound(place) => self.with_bound(rule, place, |bound| self.put_bound(rule, bound, quantity, traced)),
        }
    }

    /// Does something with what the rule has bound.
    pub(super) fn with_bound(&self, rule: &Rule, place: usize, use_it: impl FnOnce(&Bound)) {
        let bind = || self.engine.bind(rule, self.key, self.interner);
        match self.series().and_then(|series| series.bound(place, bind)) {
            Some(bound) => use_it(bound),
            None => use_it(&bind()),
        }
    }

    fn put_bound(&self, rule: &Rule, bound: &Bound, quantity: Quantity, traced: &Traced<'_>) {
        if let Some((kind, cell)) = bound.cell() {
            let Some(amount) = kind.amount(quantity) else { return };
            match kind {
                Kind::Last => cell.set(amount),
                _ => cell.add(amount, this_thread()),
            }
        } else {
            // What would stay in the sum for ever is no measurement.
            let value = quantity.as_f64();
            if !value.is_finite() {
                return;
            }
            self.each_sink(bound.points(), |point| point.record(value, self.exemplar(traced)));
        }
        self.tell_one(rule, bound, quantity, traced);
    }

    /// The times between the chunks of a stream.
    #[inline(never)]
    fn put_gaps(&self, rule: &Rule, traced: &Traced<'_>) {
        if !what::has_gaps(self.span) {
            return;
        }
        let one_by_one = || {
            what::gaps(self.span, |gaps| {
                for gap in gaps {
                    self.put(rule, Quantity::Fraction(*gap), traced);
                }
            });
        };
        let Goes::Bound(place) = rule.goes else { return one_by_one() };
        if self.engine.goes_in_lots(rule.metric) && self.keep_gaps(rule, place) {
            return;
        }
        self.with_bound(rule, place, |bound| {
            if bound.cell().is_some() {
                return one_by_one();
            }
            self.each_sink(bound.points(), |point| {
                what::gaps(self.span, |gaps| point.record_all(gaps, self.exemplar(traced)));
            });
            what::gaps(self.span, |gaps| {
                for gap in gaps {
                    self.tell_one(rule, bound, Quantity::Fraction(*gap), traced);
                }
            });
        });
    }

    /// Whether they wait until they are handed over.
    fn keep_gaps(&self, rule: &Rule, place: usize) -> bool {
        let (Some(lots), Some(series)) = (&self.engine.lots, self.series()) else { return false };
        let is_bound = series.bound(place, || self.engine.bind(rule, self.key, self.interner)).is_some();
        is_bound && stamp::gaps(|gaps| lots.keep_gaps(series, place, gaps))
    }

    fn each_sink(&self, points: &[Point], each: impl Fn(&Point)) {
        let Done { rules, sinks } = self.done.get();
        for (at, point) in points.iter().enumerate().skip(sinks) {
            self.done.set(Done { rules, sinks: at + 1 });
            each(point);
        }
    }

    fn tell_one(&self, rule: &Rule, bound: &Bound, quantity: Quantity, traced: &Traced<'_>) {
        if let Some(labels) = bound.labels() {
            self.engine.tell(rule, labels, quantity, traced.ids().map(exemplar));
        }
    }

    fn exemplar<'t>(&self, traced: &'t Traced<'_>) -> Option<&'t Exemplar> {
        if self.engine.wants_exemplars { traced.exemplar() } else { None }
    }
}
