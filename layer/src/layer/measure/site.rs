//! The rules that concern the spans of a callsite, compiled once for all callsites of the same name and fields.

use std::{ops::Range, sync::Arc};

use llm_span_contract::Metric;
use tracing::Metadata;

use super::{
    Measured,
    filter::{self, Filter},
    key::{Key, POSITIONS},
    layout::{Cells, Layout, Rooms},
    plans::{self, Plan, Plans},
    quick::{Add, Take},
    rule::{Goes, LabelPlan, Positions, Reads, Rule, Told},
    series::{MAX_COUNTS, Series, bits},
    table::Table,
    target::Kind,
    what::What,
};
use crate::{
    layer::{beside::Beside, intern::Interner, schema::Schema},
    metrics::{MAX_ROW, Part, Spare, parts},
};

/// How the spans of a callsite are measured.
#[derive(Debug)]
pub(crate) struct SitePlan {
    pub(crate) cells: Cells,
    /// Rules that measure a span at its end.
    pub(super) ends: Box<[Group]>,
    /// Rules by which a span is a part of a sum from its start on.
    pub(super) starts: Box<[Group]>,
    /// Whether it matters when the spans are entered.
    pub(crate) is_timed: bool,
}

/// Rules whose series are found together, by one key.
#[derive(Debug)]
pub(super) struct Group {
    reads: Reads,
    /// At most 64 of them.
    filters: Box<[Filtered]>,
    /// Which of the filters an operation may pass, as bits: by the place of its own bit.
    candidates: Box<[u64; u32::BITS as usize]>,
    pub(super) rules: Vec<Rule>,
    plans: Plans,
    /// How many sums a series has.
    pub(super) counts: usize,
    /// How many distributions that values are handed over to in lots.
    pub(super) rows: usize,
    /// How much else it has bound.
    pub(super) bound: usize,
    pub(super) hasher: foldhash::fast::RandomState,
    pub(super) series: Table<Series>,
    /// What threads add to, a table each.
    pub(super) parts: Box<[Table<Part>]>,
    pub(super) spare: Box<[Spare<Arc<Part>>]>,
}

/// Which of a group's rules, one after the other, a filter is about.
#[derive(Debug)]
struct Filtered {
    filter: Filter,
    rules: Range<usize>,
    plan: Plan,
}

/// So many filters a group has: a bit each.
const MAX_FILTERS: usize = u64::BITS as usize;

/// What is known when callsites are compiled.
pub(super) struct Known<'a> {
    pub(super) metrics: &'a [Metric],
    pub(super) schema: &'a Schema,
    pub(super) interner: &'a Interner,
    pub(super) rooms: &'a Rooms,
    pub(super) service: &'a Arc<str>,
    /// How a metric's sums are kept, by its position, where they may stand beside others.
    pub(super) counts: &'a dyn Fn(usize) -> Option<Kind>,
    /// Whether a metric's values are handed over in lots, by its position.
    pub(super) goes_in_lots: &'a dyn Fn(usize) -> bool,
}

impl SitePlan {
    /// `None` where no rule concerns the callsite's spans.
    pub(super) fn new(metadata: &Metadata<'static>, known: &Known<'_>) -> Option<Self> {
        let mut layout = Layout::new(metadata, known.schema, known.rooms);
        let (mut ends, mut starts) = (Groups::default(), Groups::default());
        for (i, metric) in known.metrics.iter().enumerate() {
            let points = metric.points.iter().filter_map(|point| Some((point, What::new(&point.measure, &mut layout)?)));
            let points: Vec<_> = points.collect();
            if points.is_empty() {
                continue;
            }
            let (name, interner, rooms) = (metadata.name(), known.interner, known.rooms.known());
            let mut site = filter::Site { name, layout: &mut layout, interner, known: rooms };
            let Some(filter) = Filter::new(&metric.spans, &mut site) else { continue };
            let groups = if points.iter().any(|(_, what)| what.is_held()) { &mut starts } else { &mut ends };
            let told = Told { name, service: known.service };
            groups.add(filter, |positions| {
                let labels = metric.labels.iter().map(|label| LabelPlan::new(label, told, &mut layout, positions));
                let labels: Box<[LabelPlan]> = labels.collect();
                let rule = |point, what: &What| Rule::new(i, point, labels.clone(), what.clone());
                points.iter().map(|(point, what)| rule(point, what)).collect()
            });
        }
        let (ends, starts) = (ends.finish(known), starts.finish(known));
        let is_timed = ends.iter().chain(&starts).flat_map(|group| &group.rules).any(|rule| rule.what.is_timed());
        (!ends.is_empty() || !starts.is_empty()).then(|| Self { cells: layout.finish(), ends, starts, is_timed })
    }

    /// Whether its spans are a part of sums while they are open, or wait.
    pub(crate) fn counts_open(&self) -> bool {
        !self.starts.is_empty()
    }

    /// Where what its spans need more than what checks keep of them is kept.
    pub(crate) fn beside(&self) -> Option<Box<Beside>> {
        self.keeps_more().then(|| Box::new(Beside::new(self.cells.len())))
    }

    /// Whether its spans need more than what checks keep of them.
    #[inline]
    pub(crate) fn keeps_more(&self) -> bool {
        self.cells.len() > 0 || self.is_timed || !self.starts.is_empty()
    }
}

impl Group {
    /// Finds a place for what each rule measures.
    fn new(growing: Growing, known: &Known<'_>) -> Self {
        let mut group = Self {
            reads: growing.positions.reads(),
            filters: Box::default(),
            candidates: Box::new(std::array::from_fn(|operation| {
                let bit = |(at, (filter, _)): (usize, &(Filter, _))| u64::from(filter.may_select(1 << operation)) << at;
                growing.rules.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
            })),
            rules: Vec::new(),
            plans: Plans::default(),
            counts: 0,
            rows: 0,
            bound: 0,
            hasher: foldhash::fast::RandomState::default(),
            series: Table::default(),
            parts: (0..parts()).map(|_| Table::default()).collect(),
            spare: (0..parts()).map(|_| Spare::default()).collect(),
        };
        // First, so that they stand first among what is bound.
        let takes = |rule: &Rule| (known.goes_in_lots)(rule.metric) && rule.what.is_one_value();
        let rows = growing.rules.iter().flat_map(|(_, rules)| rules).filter(|rule| takes(rule)).count().min(MAX_ROW);
        group.bound = rows;
        let filters = growing.rules.into_iter().map(|(filter, rules)| {
            let first = group.rules.len();
            let mut steps = Steps::default();
            for rule in rules {
                let takes = takes(&rule) && group.rows < rows;
                group.add(rule, takes, &mut steps, known);
            }
            let plan =
                Plan { adds: steps.adds.into(), takes: steps.takes.into(), others: steps.others.into(), ..Plan::default() };
            Filtered { filter, rules: first..group.rules.len(), plan }
        });
        let filters = filters.collect();
        Self { filters, ..group }
    }

    fn add(&mut self, mut rule: Rule, takes: bool, steps: &mut Steps, known: &Known<'_>) {
        let at = self.rules.len();
        let kind = (known.counts)(rule.metric).filter(|_| self.counts < MAX_COUNTS && !rule.what.is_held());
        rule.goes = if let (Some(kind), Ok(to)) = (kind, u8::try_from(self.counts)) {
            self.counts += 1;
            if rule.what.is_one_value() {
                steps.adds.push(Add::new(&rule.what, at, kind, to));
            } else {
                steps.others.push(at);
            }
            Goes::Count(kind, to)
        } else if let (true, Ok(to)) = (takes, u8::try_from(self.rows)) {
            self.rows += 1;
            steps.takes.push(Take::new(&rule.what, at, to));
            Goes::Row(to)
        } else {
            self.bound += 1;
            steps.others.push(at);
            Goes::Bound(self.bound - 1)
        };
        self.rules.push(rule);
    }

    /// Which of the filters a span passes, as bits.
    #[inline]
    pub(super) fn selecting(&self, of: &Measured<'_>) -> u64 {
        let operation = filter::operation(of);
        let (mut left, mut selected) = (self.candidates[operation.trailing_zeros() as usize], 0);
        while left != 0 {
            let at = left.trailing_zeros();
            selected |= u64::from(self.filters[at as usize].filter.selects(of, operation)) << at;
            left &= left - 1;
        }
        selected
    }

    /// What is measured of spans that pass these filters.
    #[inline]
    pub(super) fn plan(&self, selected: u64) -> plans::Chosen<'_> {
        self.plans.of(selected, || Plan::new(selected, bits(selected).map(|at| &self.filters[usize::from(at)].plan)))
    }

    /// The rules of these filters.
    pub(super) fn rules_of(&self, selected: u64) -> impl Iterator<Item = usize> {
        bits(selected).flat_map(|at| self.filters[usize::from(at)].rules.clone())
    }

    /// Reads the texts of a span into a key in which nothing stands.
    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>, key: &mut Key) {
        self.reads.read(of, key);
    }

    /// The rule whose measurements go there.
    pub(super) fn rule_of(&self, goes: impl Fn(Goes) -> bool) -> Option<&Rule> {
        self.rules.iter().find(|rule| goes(rule.goes))
    }
}

/// What a filter leads to, as it grows.
#[derive(Default)]
struct Steps {
    adds: Vec<Add>,
    takes: Vec<Take>,
    others: Vec<usize>,
}

/// Groups that grow.
#[derive(Default)]
struct Groups(Vec<Growing>);

#[derive(Default)]
struct Growing {
    positions: Positions,
    rules: Vec<(Filter, Vec<Rule>)>,
}

impl Groups {
    /// Adds the rules of a metric to the last group, or to a new one where their labels find no room there.
    fn add(&mut self, filter: Filter, mut compile: impl FnMut(&mut Positions) -> Vec<Rule>) {
        if let Some(group) = self.0.last_mut() {
            let before = group.positions.len();
            let rules = compile(&mut group.positions);
            if group.positions.len() <= POSITIONS && group.rules.len() < MAX_FILTERS {
                return group.add(filter, rules);
            }
            group.positions.truncate(before);
        }
        let mut group = Growing::default();
        let rules = compile(&mut group.positions);
        group.add(filter, rules);
        self.0.push(group);
    }

    fn finish(self, known: &Known<'_>) -> Box<[Group]> {
        self.0.into_iter().map(|growing| Group::new(growing, known)).collect()
    }
}

impl Growing {
    /// Metrics of the same spans share their filter.
    fn add(&mut self, filter: Filter, rules: Vec<Rule>) {
        match self.rules.iter_mut().find(|(known, _)| *known == filter) {
            Some((_, known)) => known.extend(rules),
            None => self.rules.push((filter, rules)),
        }
    }
}
