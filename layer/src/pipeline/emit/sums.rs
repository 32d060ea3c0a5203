//! What is emitted, added up for the sinks of sums.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use llm_span_contract::{Metric, MetricKind};

use super::{
    registrar::{self, Registrar},
    taken::Taken,
    unit,
};
use crate::{
    metrics::{Cell, Cells, Labels, MetricSink, Number, Read, Reader, Sums, this_thread},
    pipeline::worker::TARGET,
};

/// So many names are added up; further ones are told one by one only.
const MAX_NAMES: usize = 512;

/// The sums of all that a program emits.
pub(super) struct Totals {
    sinks: Vec<Registrar>,
    kept: Mutex<Kept>,
}

struct Kept {
    by_name: HashMap<String, Arc<Total>>,
    taken: Taken,
}

impl fmt::Debug for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totals").finish_non_exhaustive()
    }
}

/// What is kept of one name.
struct Total {
    unit: String,
    sum: Sum,
    /// What is told once, and has been.
    told: Mutex<Vec<&'static str>>,
}

/// The kind of a sum, and where it is kept.
#[derive(Clone, Debug)]
enum Sum {
    /// Whole numbers; `false`: they only grow.
    Whole(Arc<Sums>, bool),
    Fractions(Arc<Doubles>, bool),
    /// The name is none of an instrument.
    None,
}

impl Totals {
    /// Kept in these sinks, which have those metrics already.
    pub(super) fn new<'m>(sinks: Vec<Box<dyn MetricSink>>, derived: impl IntoIterator<Item = &'m Metric>) -> Self {
        let kept = Kept { by_name: HashMap::new(), taken: Taken::by(derived) };
        Self { sinks: sinks.into_iter().map(Registrar::new).collect(), kept: Mutex::new(kept) }
    }

    /// Waits until all that was added so far can be collected; whether that was in time.
    pub(super) fn settle(&self, deadline: Instant) -> bool {
        let marks: Vec<_> = self.sinks.iter().map(Registrar::mark).collect();
        // Each is asked.
        marks.iter().filter(|mark| !registrar::is_over(mark, deadline)).count() == 0
    }

    /// Adds a value to the sum of its name.
    pub(super) fn add(&self, name: &str, value: Number, unit: &str, up_down: bool, labels: &Labels) {
        let Some(total) = self.total(name, value, unit, up_down) else { return };
        if total.unit != unit {
            total.tell_once(name, "it comes with another unit than before");
        } else if let Err(why) = total.sum.add(value, labels) {
            total.tell_once(name, why);
        }
    }

    /// That of a name; made when its first value comes.
    fn total(&self, name: &str, value: Number, unit: &str, up_down: bool) -> Option<Arc<Total>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = kept.by_name.get(name) {
            return Some(Arc::clone(total));
        }
        if kept.by_name.len() > MAX_NAMES {
            return None;
        }
        let made = if kept.by_name.len() < MAX_NAMES { kept.sum(name, value, unit, up_down) } else { Err(too_many(name)) };
        let sum = made.as_ref().map_or(Sum::None, |(_, sum)| sum.clone());
        let total = Arc::new(Total { unit: unit.to_owned(), sum, told: Mutex::default() });
        kept.by_name.insert(name.to_owned(), Arc::clone(&total));
        // What follows may log.
        drop(kept);
        match made {
            Ok((metric, sum)) => self.register(&metric, &sum),
            Err(why) => tracing::warn!(target: TARGET, "{why}"),
        }
        Some(total)
    }

    /// Has the sinks make their instruments.
    fn register(&self, metric: &Metric, sum: &Sum) {
        let Some(reader) = sum.reader() else { return };
        for sink in &self.sinks {
            if let Err(error) = sink.register(metric, &reader) {
                let name = &metric.name;
                tracing::warn!(
                    target: TARGET,
                    "the metric `{name}`, which the program emits, has no sum in a sink: no thread could be started: {error}"
                );
            }
        }
    }
}

impl Kept {
    /// The metric of a name, and its sum; or why it has none.
    fn sum(&mut self, name: &str, value: Number, unit: &str, up_down: bool) -> Result<(Metric, Sum), String> {
        let no_sum = |why: &dyn fmt::Display| format!("a metric that the program emits has no sum: {why}");
        let mut metric = unit::metric(name, unit).map_err(|error| no_sum(&error))?;
        let sum = Sum::of(value, up_down);
        if let Some(kind) = sum.kind() {
            metric.kind = kind;
        }
        metric.description = "Emitted by the program.".into();
        self.taken.take(&metric).map_err(|why| no_sum(&why))?;
        Ok((metric, sum))
    }
}

fn too_many(name: &str) -> String {
    format!(
        "the program emits metrics of more than {MAX_NAMES} names; `{name}` and others have no sum: tell what differs by attributes"
    )
}

impl Total {
    fn tell_once(&self, name: &str, why: &'static str) {
        if matches!(self.sum, Sum::None) {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = !told.contains(&why);
        if is_news {
            told.push(why);
        }
        drop(told);
        if is_news {
            tracing::warn!(
                target: TARGET,
                "a value of the metric `{name}`, which the program emits, is not added to its sum: {why}; such values are told one by one only"
            );
        }
    }
}

impl Sum {
    fn of(value: Number, up_down: bool) -> Self {
        let whole = |up_down| {
            let signed = |sum: u64| Number::Signed(sum.cast_signed());
            let sums = if up_down { Sums::new(Cell::shared, signed) } else { Sums::new(Cell::new, Number::Unsigned) };
            Self::Whole(Arc::new(sums), up_down)
        };
        match value {
            Number::Unsigned(_) => whole(up_down),
            Number::Signed(_) => whole(true),
            Number::Billionths(_) => Self::Fractions(Arc::default(), up_down),
            Number::Double(value) => Self::Fractions(Arc::default(), up_down || value < 0.0),
        }
    }

    /// The kind of instrument that tells it.
    const fn kind(&self) -> Option<MetricKind> {
        match self {
            Self::Whole(_, up_down) => Some(if *up_down { MetricKind::UpDownCounter } else { MetricKind::Counter }),
            Self::Fractions(_, up_down) => Some(if *up_down { MetricKind::Gauge } else { MetricKind::DecimalCounter }),
            Self::None => None,
        }
    }

    fn reader(&self) -> Option<Reader> {
        match self {
            Self::Whole(sums, _) => Some(Reader::new(Arc::clone(sums))),
            Self::Fractions(doubles, _) => Some(Reader::new(Arc::clone(doubles))),
            Self::None => None,
        }
    }

    fn add(&self, value: Number, labels: &Labels) -> Result<(), &'static str> {
        const NEGATIVE: &str =
            "it is negative, and the first value made it a counter, which only grows; say `.up_down()` with the first value";
        match self {
            Self::Whole(sums, up_down) => {
                let whole = whole(value).ok_or("it is no whole number, as the first value was, or too large for one")?;
                let amount = if *up_down {
                    i64::try_from(whole).map(i64::cast_unsigned).map_err(|_| "it is too large for a sum that may shrink")?
                } else {
                    u64::try_from(whole).map_err(|_| NEGATIVE)?
                };
                sums.cell(labels).add(amount, this_thread());
            }
            Self::Fractions(doubles, up_down) => {
                let value = value.as_f64();
                if !value.is_finite() {
                    return Err("it is no finite number");
                }
                if value < 0.0 && !up_down {
                    return Err(NEGATIVE);
                }
                doubles.add(labels, value);
            }
            Self::None => {}
        }
        Ok(())
    }
}

/// A whole number, also where a double holds it exactly.
#[expect(clippy::cast_possible_truncation, reason = "within the bound")]
fn whole(value: Number) -> Option<i128> {
    /// All whole numbers below are doubles.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Number::Unsigned(number) => Some(number.into()),
        Number::Signed(number) => Some(number.into()),
        Number::Billionths(_) | Number::Double(_) => {
            let number = value.as_f64();
            (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i128)
        }
    }
}

/// Sums of fractions.
#[derive(Debug, Default)]
struct Doubles(Cells<AtomicU64>);

impl Doubles {
    fn add(&self, labels: &Labels, value: f64) {
        let sum = self.0.get(labels, |_| Arc::default());
        let plus = |bits| Some((f64::from_bits(bits) + value).to_bits());
        let _ = sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, plus);
    }
}

impl Read for Arc<Doubles> {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        for (labels, sum) in self.0.all() {
            each(&labels, Number::Double(f64::from_bits(sum.load(Ordering::Relaxed))));
        }
    }
}

#[cfg(test)]
mod tests;
