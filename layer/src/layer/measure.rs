//! Measures calls: finds the series of a call's labels, and adds to its instruments.

use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use llm_span_contract::{Amount, Fact, Measure, Metric, MetricKind, OperationSet, decimal};
use papaya::{HashMap, HashMapRef, LocalGuard};

use super::{
    intern::{Interner, Symbol},
    labels::{Key, Sources},
    schema::{MAX_CONTRACTS, Mask, Schema},
    state::State,
};
use crate::metrics::{Cell, HistogramFamily, HistogramPoint, Labels, MetricSink, Number, Reader, Sums, this_thread};

/// So many sets of labels are told apart; the others share one series, labelled as OpenTelemetry does. Less than the 2,000 at which the
/// OpenTelemetry SDK begins to mix series of observed counters, by which sums would be lost.
const MAX_SERIES: usize = 1_990;

/// The series, pinned for reading.
type Table<'m> = HashMapRef<'m, Key, Series, foldhash::fast::RandomState, LocalGuard<'m>>;

/// The active metrics, compiled.
pub(crate) struct Engine {
    labels: Sources,
    points: Vec<CompiledPoint>,
    series: HashMap<Key, Series, foldhash::fast::RandomState>,
    room: AtomicUsize,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("points", &self.points.len()).finish_non_exhaustive()
    }
}

/// What one point measures, of which calls.
struct CompiledPoint {
    contract: u32,
    operations: OperationSet,
    what: What,
    /// Names of its labels, and where in a [`Key`] their values stand.
    labels: Vec<(Cow<'static, str>, usize)>,
    fixed: Vec<(Cow<'static, str>, Arc<str>)>,
    target: Target,
}

enum What {
    /// A number, in the first of these slots that was recorded: slot and place.
    Tokens(Vec<(Mask, u8)>),
    /// An amount, likewise; kept in billionths.
    Decimal(Vec<(Mask, u8)>),
    Seconds,
}

enum Target {
    Counter(Arc<Sums>),
    DecimalCounter(Arc<Sums>),
    Histogram(Arc<dyn HistogramFamily>),
}

/// The instruments of one set of labels, a point each; made when there is something to measure, so that no series stands at 0 that
/// never was.
struct Series(Vec<OnceLock<Instrument>>);

enum Instrument {
    Counter(Arc<Cell>),
    /// Its cell keeps billionths.
    DecimalCounter(Arc<Cell>),
    Histogram(Box<dyn HistogramPoint>),
}

/// A call that has ended.
pub(crate) struct Measured<'a> {
    pub(crate) state: &'a State,
    /// The contracts it is subject to.
    pub(crate) applying: u32,
    pub(crate) duration: Duration,
    pub(crate) counts: Counts,
}

/// What of a call is to be counted: not what was counted already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) tokens: bool,
    pub(crate) cost: bool,
}

impl Engine {
    pub(crate) fn new(schema: &Schema, sink: &dyn MetricSink) -> Self {
        let mut engine = Self {
            labels: Sources::default(),
            points: Vec::new(),
            series: HashMap::default(),
            room: AtomicUsize::new(MAX_SERIES),
        };
        for (i, contract) in schema.contracts.iter().take(MAX_CONTRACTS).enumerate() {
            for metric in contract.metrics() {
                engine.add_metric(metric, 1 << i, schema, sink);
            }
        }
        engine
    }

    fn add_metric(&mut self, metric: &Metric, contract: u32, schema: &Schema, sink: &dyn MetricSink) {
        let mut labels = Vec::new();
        for label in metric.labels.iter() {
            let keys = label.from.iter().filter_map(|source| match &source.fact {
                Fact::Attribute(key) => Some(key),
                _ => None,
            });
            let places = keys.filter_map(|key| schema.slots[usize::from(schema.slot(key)?)].symbol);
            labels.extend(self.labels.position(places).map(|position| (label.name.clone(), position)));
        }
        let target = target(metric, sink);
        for point in metric.points.iter() {
            let Some(what) = what(&point.measure, schema) else { continue };
            self.points.push(CompiledPoint {
                contract,
                operations: metric.spans.operations.unwrap_or(OperationSet::ALL),
                what,
                labels: labels.clone(),
                fixed: point.fixed.iter().map(|(name, value)| (name.clone(), value.as_ref().into())).collect(),
                target: target.clone(),
            });
        }
    }

    /// Measures a call.
    pub(crate) fn measure(&self, ended: &Measured<'_>, interner: &Interner) {
        let key = self.labels.key(ended.state);
        let series = self.series.pin();
        let (key, series) = match series.get(&key) {
            Some(found) => (key, found),
            None => self.add_series(key, &series),
        };
        let (operation, thread) = (ended.state.operation(), this_thread());
        for (point, instrument) in self.points.iter().zip(&series.0) {
            if point.contract & ended.applying == 0 || !point.operations.applies_to(operation) {
                continue;
            }
            if let Some(value) = point.what.value(ended) {
                instrument.get_or_init(|| point.bind(&key, interner)).add(value, thread);
            }
        }
    }

    #[cold]
    fn add_series<'g>(&self, key: Key, series: &'g Table<'_>) -> (Key, &'g Series) {
        let new = || Series(self.points.iter().map(|_| OnceLock::new()).collect());
        let one_less = |room: usize| room.checked_sub(1);
        if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_err() {
            return (Key::OVERFLOW, series.get_or_insert_with(Key::OVERFLOW, new));
        }
        match series.try_insert(key, new()) {
            Ok(inserted) => (key, inserted),
            Err(occupied) => {
                // Another thread was faster, and has taken the room for it.
                self.room.fetch_add(1, Ordering::Relaxed);
                (key, occupied.current)
            }
        }
    }
}

fn target(metric: &Metric, sink: &dyn MetricSink) -> Target {
    if let MetricKind::Histogram { .. } = metric.kind {
        return Target::Histogram(Arc::from(sink.histogram(metric)));
    }
    let is_decimal = metric.kind == MetricKind::DecimalCounter;
    let sums = Arc::new(Sums::new(if is_decimal { Number::Billionths } else { Number::Unsigned }));
    sink.observed(metric, Reader::new(Arc::clone(&sums)));
    if is_decimal { Target::DecimalCounter(sums) } else { Target::Counter(sums) }
}

impl Clone for Target {
    fn clone(&self) -> Self {
        match self {
            Self::Counter(cells) => Self::Counter(Arc::clone(cells)),
            Self::DecimalCounter(cells) => Self::DecimalCounter(Arc::clone(cells)),
            Self::Histogram(family) => Self::Histogram(Arc::clone(family)),
        }
    }
}

fn what(measure: &Measure, schema: &Schema) -> Option<What> {
    let places = |amount: &Amount| {
        let place = |key: &str| {
            let slot = &schema.slots[usize::from(schema.slot(key)?)];
            Some((slot.bit, slot.int?))
        };
        let places: Vec<_> = amount.keys().filter_map(place).collect();
        (!places.is_empty()).then_some(places)
    };
    match measure {
        Measure::Tokens(keys) => places(keys).map(What::Tokens),
        Measure::Cost(keys) => places(keys).map(What::Decimal),
        Measure::Duration => Some(What::Seconds),
        _ => None,
    }
}

impl What {
    fn value(&self, ended: &Measured<'_>) -> Option<Value> {
        match self {
            Self::Seconds => Some(Value::Seconds(ended.duration.as_secs_f64())),
            Self::Tokens(places) => number(places, ended).filter(|_| ended.counts.tokens).map(Value::Tokens),
            Self::Decimal(places) => number(places, ended).filter(|_| ended.counts.cost).map(Value::Billionths),
        }
    }
}

fn number(places: &[(Mask, u8)], ended: &Measured<'_>) -> Option<u64> {
    ended.state.first(places).and_then(|number| u64::try_from(number).ok())
}

#[derive(Clone, Copy)]
enum Value {
    Tokens(u64),
    Billionths(u64),
    Seconds(f64),
}

impl Instrument {
    #[allow(clippy::cast_precision_loss, reason = "a distribution of tokens; its bounds are far below 2^53")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a counter of seconds counts whole ones")]
    fn add(&self, value: Value, thread: usize) {
        match (self, value) {
            (Self::Counter(cell), Value::Tokens(tokens)) => cell.add(tokens, thread),
            (Self::Counter(cell), Value::Seconds(seconds)) => cell.add(seconds as u64, thread),
            (Self::Counter(cell), Value::Billionths(amount)) => cell.add(decimal::amount(amount) as u64, thread),
            (Self::DecimalCounter(cell), Value::Billionths(amount)) => cell.add(amount, thread),
            (Self::DecimalCounter(cell), Value::Tokens(tokens)) => cell.add(billionths(tokens as f64), thread),
            (Self::DecimalCounter(cell), Value::Seconds(seconds)) => cell.add(billionths(seconds), thread),
            (Self::Histogram(point), Value::Billionths(amount)) => point.record(decimal::amount(amount), None),
            (Self::Histogram(point), Value::Tokens(tokens)) => point.record(tokens as f64, None),
            (Self::Histogram(point), Value::Seconds(seconds)) => point.record(seconds, None),
        }
    }
}

/// What is no amount adds nothing.
fn billionths(amount: f64) -> u64 {
    decimal::billionths(amount).unwrap_or_default()
}

impl CompiledPoint {
    fn bind(&self, key: &Key, interner: &Interner) -> Instrument {
        let labels = self.labels(key, interner);
        match &self.target {
            Target::Counter(cells) => Instrument::Counter(cells.cells.get(&labels, |_| Arc::new(Cell::new()))),
            Target::DecimalCounter(cells) => Instrument::DecimalCounter(cells.cells.get(&labels, |_| Arc::new(Cell::new()))),
            Target::Histogram(family) => Instrument::Histogram(family.bind(&labels)),
        }
    }

    fn labels(&self, key: &Key, interner: &Interner) -> Labels {
        if *key == Key::OVERFLOW {
            return Labels::overflow();
        }
        let value = |symbol: Symbol| match symbol {
            Symbol::OVERFLOW => Some(Arc::from("_overflow")),
            symbol => interner.text(symbol),
        };
        let from_span = self.labels.iter().filter_map(|(name, position)| Some((name.clone(), value(key.label(*position))?)));
        from_span.chain(self.fixed.iter().cloned()).collect()
    }
}
