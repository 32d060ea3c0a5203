//! The rules that concern the spans of a callsite, compiled once for all callsites of the same name and fields.

use std::{ops::Range, sync::Arc};

use llm_span_contract::{Metric, MetricKind};
use tracing::Metadata;

use super::{
    Measured,
    filter::{self, Filter},
    key::{Key, POSITIONS},
    layout::{Cells, Layout, Rooms},
    rule::{Goes, LabelPlan, Positions, Rule, Told},
    series::MAX_COUNTS,
    table::Table,
    target::Kind,
    what::What,
};
use crate::layer::{beside::Beside, intern::Interner, schema::Schema};

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
#[derive(Debug, Default)]
pub(super) struct Group {
    positions: Positions,
    /// Which of the rules, one after the other, a filter is about. At most 64 of them.
    pub(super) filters: Vec<(Filter, Range<usize>)>,
    pub(super) rules: Vec<Rule>,
    /// How many sums a series has.
    pub(super) counts: usize,
    /// How much else it has bound.
    pub(super) bound: usize,
    pub(super) series: Table,
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
    fn place(mut self, known: &Known<'_>) -> Self {
        for rule in &mut self.rules {
            let kind = (known.counts)(rule.metric).filter(|_| self.counts < MAX_COUNTS && !rule.what.is_held());
            let goes = if let (Some(kind), Ok(place)) = (kind, u8::try_from(self.counts)) {
                self.counts += 1;
                Goes::Count(kind, place)
            } else {
                self.bound += 1;
                Goes::Bound(self.bound - 1)
            };
            rule.go(goes, matches!(known.metrics[rule.metric].kind, MetricKind::Histogram { .. }));
        }
        self
    }

    /// Which of the filters a span passes, as bits.
    #[inline]
    pub(super) fn selecting(&self, of: &Measured<'_>) -> u64 {
        let operation = filter::operation(of);
        let bit = |at: usize, filter: &Filter| u64::from(filter.selects(of, operation)) << at;
        self.filters.iter().enumerate().fold(0, |bits, (at, (filter, _))| bits | bit(at, filter))
    }

    /// Reads the texts of a span into a key in which nothing stands.
    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>, key: &mut Key) {
        self.positions.read(of, key);
    }
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
        let group = |growing: Growing| {
            let mut group = Group { positions: growing.positions, ..Group::default() };
            for (filter, rules) in growing.rules {
                let first = group.rules.len();
                group.rules.extend(rules);
                group.filters.push((filter, first..group.rules.len()));
            }
            group.place(known)
        };
        self.0.into_iter().map(group).collect()
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
