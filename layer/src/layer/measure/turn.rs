//! What the rules of a group measure of one span.

use std::cell::{Cell, OnceCell};

use super::{
    Engine, Measured, exemplar,
    key::Key,
    rule::{Goes, Rule, Step},
    series::Series,
    site::Group,
    target::{Bound, Kind, Point},
    what::{self, Asked, What},
};
use crate::{
    guard,
    ids::SpanIds,
    layer::{intern::Interner, quantity::Quantity},
    metrics::{CountsPart, Exemplar, this_thread},
};

/// A span, and the series of a group that its labels lead to.
pub(super) struct Turn<'a> {
    engine: &'a Engine,
    interner: &'a Interner,
    group: &'a Group,
    span: &'a Measured<'a>,
    /// The filters that it passes, as bits.
    selected: u64,
    key: &'a Key,
    /// `None` where there was no room for it.
    series: Option<&'a Series>,
    part: Cell<Option<CountsPart<'a>>>,
    done: Cell<Done>,
}

/// How far it has come: so many rules, and of the next one so many sinks.
#[derive(Clone, Copy, Default, PartialEq)]
struct Done {
    rules: usize,
    sinks: usize,
}

/// Where a span is found again, asked for where a sink wants to know it.
pub(super) struct Traced<'a> {
    pub(super) ids: &'a dyn Fn() -> Option<SpanIds>,
    pub(super) found: OnceCell<Option<SpanIds>>,
    pub(super) exemplar: OnceCell<Option<Exemplar>>,
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
        let series = group.series.of(key, &engine.room, |key| Series::new(key, group.bound));
        let (part, done) = (Cell::new(None), Cell::default());
        Some(Self { engine, interner, group, span, selected, key, series, part, done })
    }

    /// Gives the rules that hold, but for so many of the group's first.
    #[inline]
    pub(super) fn rules(&self, from: usize, mut each: impl FnMut(usize, &'a Rule)) {
        let mut left = self.selected;
        while left != 0 {
            let (_, rules) = &self.group.filters[left.trailing_zeros() as usize];
            for at in rules.start.max(from)..rules.end {
                each(at, &self.group.rules[at]);
            }
            left &= left - 1;
        }
    }

    /// Measures the span. Sinks are the user's: after one that panics it goes on with the next.
    pub(super) fn measure(&self, asked: &Asked, traced: &Traced<'_>) {
        let go_on = || {
            self.rules(self.done.get().rules, |at, rule| {
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

    #[inline]
    fn rule(&self, rule: &Rule, asked: &Asked, traced: &Traced<'_>) {
        match rule.step {
            Step::One { to } => self.count(rule, to, 1),
            Step::Add { number, to } => {
                if let Some(number) = number.read(self.span) {
                    self.count(rule, to, number.cast_unsigned());
                }
            }
            Step::Number { number, to } => {
                if let Some(number) = number.read(self.span) {
                    self.record(rule, to, Quantity::Whole(number), traced);
                }
            }
            Step::Seconds { to } => self.record(rule, to, Quantity::Fraction(asked.seconds(self.span)), traced),
            Step::Any => self.any(rule, asked, traced),
        }
    }

    #[inline(never)]
    fn any(&self, rule: &Rule, asked: &Asked, traced: &Traced<'_>) {
        if let Some(quantity) = rule.what.read(self.span, asked) {
            self.put(rule, quantity, traced);
        } else if matches!(rule.what, What::TimePerChunk) {
            self.put_gaps(rule, traced);
        }
    }

    fn put(&self, rule: &Rule, quantity: Quantity, traced: &Traced<'_>) {
        match rule.goes {
            Goes::Count(kind, place) => {
                if let Some(amount) = kind.amount(quantity) {
                    self.count(rule, place, amount);
                }
            }
            Goes::Bound(place) => self.with_bound(rule, place, |bound| self.put_bound(rule, bound, quantity, traced)),
        }
    }

    /// A value of a distribution.
    #[inline]
    fn record(&self, rule: &Rule, place: usize, quantity: Quantity, traced: &Traced<'_>) {
        self.with_bound(rule, place, |bound| match bound {
            Bound::Point(point) if !self.engine.wants_exemplars => {
                let done = self.done.get();
                if done.sinks == 0 {
                    self.done.set(Done { sinks: 1, ..done });
                    point.record(quantity.as_f64(), None);
                }
            }
            bound => self.put_bound(rule, bound, quantity, traced),
        });
    }

    #[inline]
    fn count(&self, rule: &Rule, place: u8, amount: u64) {
        let cell = || self.engine.targets[rule.metric].cell(&rule.labels(self.key, self.interner));
        match self.series {
            Some(series) => {
                series.tell(place, cell);
                let part = self.part.get().unwrap_or_else(|| series.part(this_thread(), self.group.counts));
                self.part.set(Some(part));
                part.add(place.into(), amount);
            }
            None => _ = cell().map(|cell| cell.add(amount, this_thread())),
        }
    }

    /// Does something with what the rule has bound.
    #[inline]
    pub(super) fn with_bound(&self, rule: &Rule, place: usize, use_it: impl FnOnce(&Bound)) {
        let bind = || self.engine.bind(rule, self.key, self.interner);
        match self.series.and_then(|series| series.bound(place, bind)) {
            Some(bound) => use_it(bound),
            None => use_it(&bind()),
        }
    }

    #[inline(never)]
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
        self.tell(rule, bound, quantity, traced);
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
        self.with_bound(rule, place, |bound| {
            if bound.cell().is_some() {
                return one_by_one();
            }
            self.each_sink(bound.points(), |point| {
                what::gaps(self.span, |gaps| point.record_all(gaps, self.exemplar(traced)));
            });
            what::gaps(self.span, |gaps| {
                for gap in gaps {
                    self.tell(rule, bound, Quantity::Fraction(*gap), traced);
                }
            });
        });
    }

    fn each_sink(&self, points: &[Point], each: impl Fn(&Point)) {
        let Done { rules, sinks } = self.done.get();
        for (at, point) in points.iter().enumerate().skip(sinks) {
            self.done.set(Done { rules, sinks: at + 1 });
            each(point);
        }
    }

    fn tell(&self, rule: &Rule, bound: &Bound, quantity: Quantity, traced: &Traced<'_>) {
        if let Some(labels) = bound.labels() {
            self.engine.tell(rule, labels, quantity, traced.ids().map(exemplar));
        }
    }

    fn exemplar<'t>(&self, traced: &'t Traced<'_>) -> Option<&'t Exemplar> {
        if self.engine.wants_exemplars { traced.exemplar() } else { None }
    }
}

impl Traced<'_> {
    fn ids(&self) -> Option<&SpanIds> {
        self.found.get_or_init(self.ids).as_ref()
    }

    /// One that leads somewhere.
    fn exemplar(&self) -> Option<&Exemplar> {
        self.exemplar.get_or_init(|| self.ids().filter(|ids| ids.is_sampled()).map(exemplar)).as_ref()
    }
}
