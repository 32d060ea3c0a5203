//! Measures spans: finds the series of a span's labels, and adds to its instruments.
//!
//! Rules are compiled per callsite ([`site`]), or rather once for all callsites of the same name and fields: which of them can concern its
//! spans at all, where each value they ask for is kept. What is left for the end of a span: the texts of its labels make a key, the key finds
//! the series, each rule adds to its own sum there, or hands on to its own instruments.

mod alone;
mod filter;
mod key;
mod layout;
mod lots;
mod plans;
mod quick;
mod rule;
mod series;
mod site;
mod table;
mod target;
mod turn;
mod violations;
mod what;

use std::{
    cell::OnceCell,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use llm_span_contract::{Measure, Metric, MetricKind, Outcome};
use tracing::Metadata;

pub(crate) use layout::CellPlan;
pub(crate) use site::SitePlan;

use super::{
    asked,
    beside::Held,
    intern::{Interner, Symbol},
    quantity::Quantity,
    schema::Schema,
    state::State,
};
use crate::{
    call::ChunkListener,
    ids::SpanIds,
    metrics::{Announced, Exemplar, Gauges, Labels, MetricEvent, MetricEvents, MetricSink, Pending},
};
use alone::Alone;
use key::Key;
use layout::Rooms;
use lots::Lots;
use rule::{Goes, Rule};
use site::Known;
use table::Room;
use target::{Bound, Kind, Target};
use turn::{Traced, Turn};
use what::{Asked, What};

/// What an engine is made of.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) sinks: Vec<Box<dyn MetricSink>>,
    pub(crate) events: Vec<Box<dyn MetricEvents>>,
    pub(crate) announced: Vec<Announced>,
    pub(crate) service: Arc<str>,
}

/// The active metrics.
pub(crate) struct Engine {
    parts: Parts,
    pub(crate) gauges: Gauges,
    /// One a metric.
    targets: Vec<Target>,
    /// Where sinks take values of distributions in lots.
    lots: Option<Arc<Lots>>,
    rooms: Rooms,
    room: Room,
    wants_exemplars: bool,
    /// Whether the ids of spans are asked for when they are measured.
    pub(crate) wants_ids: bool,
    /// Whether it matters when spans are entered.
    pub(crate) is_timed: bool,
    /// Streams note the times between their chunks for as long as somebody listens.
    _chunks: Option<ChunkListener>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("metrics", &self.parts.metrics.len()).finish_non_exhaustive()
    }
}

/// A span that is to be measured.
pub(crate) struct Measured<'a> {
    pub(crate) state: &'a State,
    /// `None` while it has not ended.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) now: Instant,
    pub(crate) counts: Counts,
    /// Whether it ends by the record that is under way on this thread.
    pub(crate) is_recording: bool,
    /// The texts of outcomes.
    pub(crate) outcomes: &'a Outcomes,
}

/// The symbols of outcomes.
pub(crate) type Outcomes = [Symbol; Outcome::ALL.len()];

/// What of a call is to be counted: not what was counted already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) tokens: bool,
    pub(crate) cost: bool,
}

impl Measured<'_> {
    fn wait(&self) -> Option<Duration> {
        let first = self.state.beside.as_ref()?.times.first;
        Some(first.unwrap_or(self.now).saturating_duration_since(self.state.started))
    }

    fn execution(&self) -> Option<Duration> {
        Some(self.now.saturating_duration_since(self.state.beside.as_ref()?.times.first?))
    }

    fn busy(&self) -> Option<Duration> {
        Some(self.state.beside.as_ref()?.times.busy(self.now))
    }
}

impl Engine {
    pub(crate) fn new(parts: Parts) -> Self {
        // Without a sink nobody would ask them.
        let gauges = if parts.sinks.is_empty() { Gauges::default() } else { Gauges::new(&parts.metrics) };
        let targets: Vec<_> = parts.metrics.iter().map(|metric| Target::new(metric, &parts.sinks, &gauges)).collect();
        let measures = || parts.metrics.iter().flat_map(|metric| &metric.points).map(|point| &point.measure);
        let wants_exemplars = parts.sinks.iter().any(|sink| sink.wants_exemplars());
        let engine = Self {
            rooms: Rooms::new(parts.metrics.iter().flat_map(asked::texts).cloned()),
            wants_exemplars,
            wants_ids: wants_exemplars || !parts.events.is_empty(),
            is_timed: measures().any(is_timed),
            _chunks: measures().any(|measure| *measure == Measure::TimePerChunk).then(crate::call::listen_to_chunks),
            room: Room::default(),
            lots: lots(&parts, wants_exemplars),
            gauges,
            targets,
            parts,
        };
        engine.announce();
        engine
    }

    /// So many rooms its texts need.
    pub(crate) fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// The symbols of outcomes.
    pub(crate) fn outcomes(&self, interner: &Interner) -> Outcomes {
        Outcome::ALL.map(|outcome| interner.intern(self.rooms.known(), outcome.name()))
    }

    /// Sums stand at 0 before their first span, where their labels are known.
    fn announce(&self) {
        let nobody = Announced::default();
        for (metric, target) in self.parts.metrics.iter().zip(&self.targets) {
            let Target::Sum(kind, sums) = target else { continue };
            if matches!(kind, target::Kind::Last) {
                continue;
            }
            for announced in self.parts.announced.iter().chain([&nobody]) {
                let labels = metric.points.iter().flat_map(|point| announced.labels(metric, point, &self.parts.service));
                labels.for_each(|labels| drop(sums.cell(&labels)));
            }
        }
    }

    /// How the spans of a callsite are measured, and of all that are like it; `None` where they are not.
    pub(crate) fn site(&self, metadata: &Metadata<'static>, schema: &Schema, interner: &Interner) -> Option<SitePlan> {
        let (metrics, rooms, service) = (&self.parts.metrics[..], &self.rooms, &self.parts.service);
        let (counts, goes_in_lots) = (&|metric| self.counts(metric), &|metric| self.goes_in_lots(metric));
        let known = Known { metrics, schema, interner, rooms, service, counts, goes_in_lots };
        SitePlan::new(metadata, &known)
    }

    /// A span begins: adds it to the sums that it is a part of while it is open, or waits.
    pub(crate) fn begin(&self, site: &SitePlan, span: &Measured<'_>, interner: &Interner) -> Vec<Held> {
        let mut held = Vec::new();
        let Some(_alone) = Alone::measure() else { return held };
        for group in &site.starts {
            let mut key = Key::new();
            let Some(turn) = Turn::new(self, group, span, interner, &mut key) else { continue };
            turn.each_other(0, |_, rule| {
                if let (What::Held { waits }, Goes::Bound(place)) = (&rule.what, rule.goes) {
                    turn.with_bound(rule, place, |bound| {
                        held.extend(bound.cell().map(|(_, cell)| Held::new(Arc::clone(cell), *waits)));
                    });
                }
            });
        }
        held
    }

    /// A span has ended: measures it. Its ids are asked for where a sink wants to know them.
    pub(crate) fn measure(&self, site: &SitePlan, span: &Measured<'_>, interner: &Interner, ids: impl Fn() -> Option<SpanIds>) {
        let Some(_alone) = Alone::measure() else { return };
        let (asked, traced) = (Asked::default(), Traced { ids: &ids, found: OnceCell::new(), exemplar: OnceCell::new() });
        for group in &site.ends {
            let mut key = Key::new();
            if let Some(turn) = Turn::new(self, group, span, interner, &mut key) {
                turn.measure(&asked, &traced);
            }
        }
    }

    /// How the sums of a metric are kept that may stand beside others: not those that are told one by one.
    fn counts(&self, metric: usize) -> Option<Kind> {
        self.targets[metric].counts().filter(|_| !self.is_told(metric))
    }

    /// Whether values of a metric are handed over in lots.
    fn goes_in_lots(&self, metric: usize) -> bool {
        self.lots.is_some() && matches!(self.targets[metric], Target::Distribution(_)) && !self.is_told(metric)
    }

    fn is_told(&self, metric: usize) -> bool {
        !self.parts.events.is_empty() && self.parts.metrics[metric].event.is_some()
    }

    fn bind(&self, rule: &Rule, key: &Key, interner: &Interner) -> Bound {
        let labels = rule.labels(key, interner);
        let bound = self.targets[rule.metric].bind(&labels);
        if self.is_told(rule.metric) { Bound::Told(Box::new((bound, labels))) } else { bound }
    }

    /// Tells a measurement to those who listen to them one by one.
    #[cold]
    fn tell(&self, rule: &Rule, labels: &Labels, quantity: Quantity, span: Option<Exemplar>) {
        let metric = &self.parts.metrics[rule.metric];
        let Some(event) = MetricEvent::of(metric, quantity.into(), labels.clone(), span) else { return };
        for sink in &self.parts.events {
            crate::guard::run(|| sink.accept(&event));
        }
    }
}

/// Values are kept back if all sinks take them in lots.
fn lots(parts: &Parts, wants_exemplars: bool) -> Option<Arc<Lots>> {
    let has_values = parts.metrics.iter().any(|metric| matches!(metric.kind, MetricKind::Histogram { .. }));
    if wants_exemplars || !has_values || parts.sinks.is_empty() {
        return None;
    }
    let lots = Arc::default();
    parts.sinks.iter().all(|sink| sink.takes_lots(Pending::new(&lots))).then_some(lots)
}

/// Nothing is left where it was kept.
impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(lots) = &self.lots {
            lots.hand_over_last();
        }
    }
}

fn is_timed(measure: &Measure) -> bool {
    matches!(measure, Measure::Wait | Measure::Execution | Measure::Busy | Measure::Waiting)
}

fn exemplar(ids: &SpanIds) -> Exemplar {
    let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
    Exemplar::new(text(ids.trace_id_hex()), text(ids.span_id_hex()))
}
