//! The metrics that are kept, by the names they have in Prometheus.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use llm_span_contract::{Metric, MetricKind, Naming};

use super::histogram::Distribution;
use crate::metrics::{AllPending, Reader};

const NAMING: Naming = Naming::Endpoint;
pub(super) const TOTAL: &str = "_total";

/// What kind of family Prometheus has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    /// What is appended to the family's name: in the text format, in which a counter's name ends in `_total` already; and, less that
    /// ending, in OpenMetrics, in which `_created` is kept free, too.
    const fn endings(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Counter => (&[""], &["", TOTAL, "_created"]),
            Self::Gauge => (&[""], &[""]),
            Self::Histogram => (&["", "_bucket", "_sum", "_count"], &["", "_bucket", "_sum", "_count", "_created"]),
        }
    }
}

/// Series of one name.
#[derive(Clone)]
pub(super) struct Family {
    pub(super) name: Arc<str>,
    pub(super) kind: Kind,
    pub(super) help: Arc<str>,
    pub(super) unit: Option<Arc<str>>,
    pub(super) source: Source,
}

/// Where a family's values stand.
#[derive(Clone)]
pub(super) enum Source {
    Observed(Vec<Reader>),
    Distribution(Distribution),
}

impl Family {
    fn new(name: &str, metric: &Metric, source: Source) -> Self {
        let unit = NAMING.unit_name(metric).map(Into::into);
        Self { name: name.into(), kind: kind(&metric.kind), help: metric.description.as_ref().into(), unit, source }
    }

    /// Its name in OpenMetrics: there `_total` belongs to the sample.
    pub(super) fn open_metrics_name(&self) -> &str {
        match self.kind {
            Kind::Counter => self.name.strip_suffix(TOTAL).unwrap_or(&self.name),
            Kind::Gauge | Kind::Histogram => &self.name,
        }
    }

    fn text_names(&self) -> impl Iterator<Item = String> {
        self.kind.endings().0.iter().map(|ending| format!("{}{ending}", self.name))
    }
}

const fn kind(kind: &MetricKind) -> Kind {
    match kind {
        MetricKind::Histogram { .. } => Kind::Histogram,
        kind if kind.is_counter() => Kind::Counter,
        _ => Kind::Gauge,
    }
}

/// Every name that samples of this metric have, in either format.
#[cfg(feature = "pipeline")]
pub(crate) fn sample_names(metric: &Metric) -> impl Iterator<Item = String> + use<> {
    let family = Family::new(&NAMING.metric_name(metric), metric, Source::Observed(Vec::new()));
    // Those of the text format are among them.
    family.kind.endings().1.iter().map(move |ending| format!("{}{ending}", family.open_metrics_name()))
}

/// Two families that come out under one name in OpenMetrics; `None` where there is room for all.
pub(super) fn clash(families: &[Family]) -> Option<[&Family; 2]> {
    let mut taken = HashMap::new();
    for family in families {
        for ending in family.kind.endings().1 {
            let other = taken.insert(format!("{}{ending}", family.open_metrics_name()), family);
            if let Some(other) = other {
                return Some([other, family]);
            }
        }
    }
    None
}

/// All families, in the order of their names.
#[derive(Default)]
pub(super) struct Families {
    pub(super) exemplars: bool,
    /// What layers have not handed over yet.
    pub(super) pending: AllPending,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    families: BTreeMap<Arc<str>, Family>,
    /// Every name that a sample has.
    taken: HashSet<String>,
    /// Why a metric is not told, a line each.
    left_out: Vec<String>,
}

impl Families {
    pub(super) fn new(exemplars: bool) -> Self {
        Self { exemplars, ..Self::default() }
    }

    pub(super) fn observe(&self, metric: &Metric, reader: Reader) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let name = NAMING.metric_name(metric);
        match kept.families.get_mut(name.as_str()) {
            Some(Family { kind: same, source: Source::Observed(readers), .. }) if *same == kind(&metric.kind) => {
                readers.push(reader);
            }
            Some(_) => kept.leave_out(metric, &name),
            None => kept.add(Family::new(&name, metric, Source::Observed(vec![reader])), metric),
        }
    }

    /// The distribution of a metric's name. One that is not told still takes values.
    pub(super) fn distribution(&self, metric: &Metric) -> Distribution {
        let boundaries = match &metric.kind {
            MetricKind::Histogram { boundaries } => boundaries.as_ref(),
            _ => &[],
        };
        let new = Distribution::new(boundaries, self.exemplars);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let name = NAMING.metric_name(metric);
        match kept.families.get(name.as_str()) {
            Some(Family { source: Source::Distribution(same), .. }) if same.has_bounds_of(&new) => return same.clone(),
            Some(_) => kept.leave_out(metric, &name),
            None => kept.add(Family::new(&name, metric, Source::Distribution(new.clone())), metric),
        }
        new
    }

    /// All families. No lock is held when they are read.
    pub(super) fn all(&self) -> All {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (families, mut left_out): (Vec<_>, _) = (kept.families.values().cloned().collect(), kept.left_out.clone());
        drop(kept);
        let clash = clash(&families).map(|clash| clash.map(|family| format!("{} `{}`", family.kind.name(), family.name)));
        let are_open_metrics = clash.is_none();
        left_out.extend(clash.map(|[one, other]| {
            format!(
                "the format OpenMetrics is left out, and exemplars with it: {one} and {other} come out under one name there; rename \
                 one of them"
            )
        }));
        All { families, left_out, are_open_metrics }
    }
}

/// What is kept at one moment.
pub(super) struct All {
    pub(super) families: Vec<Family>,
    /// Why something is not told, a line each.
    pub(super) left_out: Vec<String>,
    /// Whether all names are different ones in OpenMetrics, too.
    pub(super) are_open_metrics: bool,
}

impl Kept {
    fn add(&mut self, family: Family, metric: &Metric) {
        if family.text_names().any(|name| self.taken.contains(&name)) {
            return self.leave_out(metric, &family.name);
        }
        self.taken.extend(family.text_names());
        self.families.insert(Arc::clone(&family.name), family);
    }

    fn leave_out(&mut self, metric: &Metric, name: &str) {
        let line = format!(
            "{:?} is left out: `{name}` is the name of another metric of another kind or with other buckets; rename one of them",
            metric.name
        );
        if !self.left_out.contains(&line) {
            self.left_out.push(line);
        }
    }
}
