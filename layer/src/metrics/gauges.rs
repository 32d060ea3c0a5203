//! Gauges that are told as they stand: what outlives spans is read by a callback of the program when it is collected.

mod callback;
mod error;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use callback::Callback;
pub use error::GaugeError;
use error::{Problem, Wrong};

use llm_span_contract::{Measure, Metric, MetricSet, Naming, suggest::nearest};

use super::{Labels, MAX_SERIES, Number, Read, Reader, cleaned};
use crate::guard;

/// The gauges of a layer whose values the program tells: how many sessions are alive, how many conversations are stored.
///
/// Those without labels stand at 0 until a callback is registered for them. Those with labels show nothing until then. Clones are cheap, and
/// speak of the same gauges; a handle may outlive its layer.
///
/// A callback is called whenever metrics are collected, on the thread that collects: it should not block. No lock is held meanwhile, so
/// it may register others. It may collect metrics itself; gauges read as what they gave last then, since no callback is called within one.
/// One that panics reads as what it gave last, too. It lives as long as the gauges do, or until it is
/// [unregistered](Self::unregister): if what it reads may go away before, it should hold a [`Weak`](std::sync::Weak) of it, and tell 0 then.
///
/// The default is the gauges of a layer that has no sink for metrics: nothing can be registered there.
///
/// ```
/// use std::{collections::HashSet, sync::{Arc, Mutex}};
/// use llm_span::{GaugeError, Gauges};
///
/// type Sessions = Mutex<HashSet<String>>;
///
/// fn tell(gauges: &Gauges, sessions: &Arc<Sessions>) -> Result<(), GaugeError> {
///     let sessions = Arc::downgrade(sessions);
///     gauges.register("conversation_active_count", [("backend", "memory")], move || {
///         sessions.upgrade().map_or(0.0, |sessions| sessions.lock().unwrap().len() as f64)
///     })
/// }
/// ```
#[derive(Clone, Default)]
pub struct Gauges {
    all: Option<Arc<[Gauge]>>,
    /// Whether a gauge may be there for nobody to see: whether it is, is the operator's choice then.
    may_be_unseen: bool,
}

/// One gauge, and who tells its values.
struct Gauge {
    name: String,
    /// The name as Prometheus spells it.
    spelt: String,
    labels: Vec<Allowed>,
    /// Appended to the labels of each value.
    fixed: Vec<(String, String)>,
    callbacks: Mutex<BTreeMap<Labels, Arc<Callback>>>,
}

/// A label that a gauge has.
struct Allowed {
    name: String,
    /// What it says where it is not given.
    default: Option<String>,
    /// Whether it may be left out.
    is_optional: bool,
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Gauges {
    /// The gauges among these metrics that a callback tells.
    pub(crate) fn new(metrics: &[Metric]) -> Self {
        Self { all: Some(metrics.iter().filter_map(Gauge::of).collect()), may_be_unseen: false }
    }

    /// The same gauges; a callback is taken without an error where no metrics are told to anybody, or another set has the gauge.
    #[cfg(feature = "pipeline")]
    pub(crate) fn or_unseen(self) -> Self {
        Self { may_be_unseen: true, ..self }
    }

    /// Whether that gauge may be there for nobody to see.
    fn is_unseen(&self, name: &str) -> bool {
        let is = |gauge: &Gauge| gauge.name == name || gauge.spelt == name;
        let elsewhere = || {
            MetricSet::NAMES
                .into_iter()
                .filter_map(MetricSet::named)
                .any(|set| set.metrics().iter().filter_map(Gauge::of).any(|gauge| is(&gauge)))
        };
        self.may_be_unseen && (self.all.is_none() || (!self.all().iter().any(is) && elsewhere()))
    }

    /// What tells the values of a gauge whenever they are collected.
    pub(crate) fn reader(&self, name: &str) -> Option<Reader> {
        let all = self.all.as_ref()?;
        let at = all.iter().position(|gauge| gauge.name == name)?;
        Some(Reader::new(OneGauge { of: Arc::clone(all), at }))
    }

    fn all(&self) -> &[Gauge] {
        self.all.as_deref().unwrap_or_default()
    }

    /// The names of the gauges, as OpenTelemetry has them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all().iter().map(|gauge| gauge.name.as_str())
    }

    /// Lets `value` tell the value of a gauge under these labels, in the gauge's unit. It replaces what was registered for the same labels.
    ///
    /// The name is the one that OpenTelemetry has, or as Prometheus spells it, with namespace and unit: `cache.size`, `llm_cache_size_bytes`.
    /// Labels are given in any order; one that has a default, or is optional, may be left out or empty. Their values are cut to 256
    /// bytes, and cleaned of control characters, as those of measurements are.
    ///
    /// # Errors
    ///
    /// When the layer has no sink, when there is no such gauge, when the labels are not those that it has, or when it has as many label
    /// sets already as are told apart (1,990).
    pub fn register<'l>(
        &self,
        name: &str,
        labels: impl IntoIterator<Item = (&'l str, &'l str)>,
        value: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Result<(), GaugeError> {
        if self.is_unseen(name) {
            return Ok(());
        }
        let gauge = self.find(name)?;
        let labels = gauge.labels_of(labels)?;
        let mut callbacks = gauge.lock();
        if callbacks.len() >= MAX_SERIES && !callbacks.contains_key(&labels) {
            return Err(GaugeError::of(&gauge.name, Problem::Full));
        }
        let replaced = callbacks.insert(labels, Arc::new(Callback::new(value)));
        // What it has captured is dropped outside of the lock.
        drop(callbacks);
        guard::run(|| drop(replaced));
        Ok(())
    }

    /// Takes back the callback that tells the value of a gauge under these labels; whether there was one. A gauge without labels stands at 0
    /// then, the series of one with labels is gone. A collection that is under way may still call it.
    ///
    /// ```
    /// use llm_span::{GaugeError, Gauges};
    ///
    /// fn close(gauges: &Gauges, backend: &str) -> Result<(), GaugeError> {
    ///     gauges.unregister("conversation_active_count", [("backend", backend)])?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register), but for the number of label sets.
    pub fn unregister<'l>(&self, name: &str, labels: impl IntoIterator<Item = (&'l str, &'l str)>) -> Result<bool, GaugeError> {
        if self.is_unseen(name) {
            return Ok(false);
        }
        let gauge = self.find(name)?;
        let labels = gauge.labels_of(labels)?;
        let removed = gauge.lock().remove(&labels);
        let was_there = removed.is_some();
        guard::run(|| drop(removed));
        Ok(was_there)
    }

    fn find(&self, name: &str) -> Result<&Gauge, GaugeError> {
        let Some(all) = self.all.as_deref() else { return Err(GaugeError::of(name, Problem::NoSink)) };
        let by = |is: &dyn Fn(&Gauge) -> bool| all.iter().find(|gauge| is(gauge));
        let found = by(&|gauge| gauge.name == name).or_else(|| by(&|gauge| gauge.spelt == name));
        found.ok_or_else(|| {
            let spellings = all.iter().flat_map(|gauge| [gauge.name.as_str(), &gauge.spelt]);
            let meant = nearest(name, spellings).map(str::to_owned);
            GaugeError::of(name, Problem::Unknown { known: self.names().map(str::to_owned).collect(), meant })
        })
    }
}

impl Gauge {
    /// The gauge that a metric is; `None` of one that is measured from spans.
    fn of(metric: &Metric) -> Option<Self> {
        let point = metric.points.iter().find(|point| point.measure == Measure::Callback)?;
        let labels = metric.labels.iter().map(|label| Allowed {
            name: label.name.clone().into_owned(),
            default: label.default.as_deref().map(str::to_owned),
            is_optional: label.is_optional,
        });
        Some(Self {
            name: metric.name.clone().into_owned(),
            spelt: Naming::Endpoint.metric_name(metric),
            labels: labels.collect(),
            fixed: point.fixed.iter().map(|(name, value)| (name.clone().into_owned(), value.clone().into_owned())).collect(),
            callbacks: Mutex::default(),
        })
    }

    /// The labels that were given, in the gauge's order.
    fn labels_of<'l>(&self, given: impl IntoIterator<Item = (&'l str, &'l str)>) -> Result<Labels, GaugeError> {
        let refuse = |wrong| Err(GaugeError::of(&self.name, Problem::Labels { wrong, has: self.label_names() }));
        let mut values: Vec<Option<String>> = vec![None; self.labels.len()];
        let mut unknown = None;
        for (name, value) in given {
            match self.labels.iter().position(|label| label.is_called(name)) {
                Some(at) if values[at].is_some() => return refuse(Wrong::Twice(name.to_owned())),
                Some(at) => values[at] = Some(cleaned(value).into_owned()),
                None => unknown = unknown.or(Some(name)),
            }
        }
        if let Some(name) = unknown {
            let missing = self.labels.iter().zip(&values).filter(|(_, value)| value.is_none());
            let meant = nearest(name, missing.map(|(label, _)| label.name.as_str())).map(str::to_owned);
            return refuse(Wrong::Unknown { name: name.to_owned(), meant });
        }
        let mut labels = Vec::new();
        for (allowed, value) in self.labels.iter().zip(values) {
            let is_given = value.is_some();
            // An empty text is as none, as in measurements.
            match (value.filter(|value| !value.is_empty()), &allowed.default) {
                (Some(value), _) => labels.push((allowed.name.clone(), value)),
                (None, Some(default)) => labels.push((allowed.name.clone(), default.clone())),
                (None, None) if allowed.is_optional => {}
                (None, None) if is_given => return refuse(Wrong::Empty(allowed.name.clone())),
                (None, None) => return refuse(Wrong::Lacks(allowed.name.clone())),
            }
        }
        Ok(self.with_fixed(labels))
    }

    fn with_fixed(&self, labels: Vec<(String, String)>) -> Labels {
        labels.into_iter().chain(self.fixed.iter().cloned()).collect()
    }

    fn label_names(&self) -> Vec<String> {
        self.labels.iter().map(|label| label.name.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Labels, Arc<Callback>>> {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowed {
    /// By its own name, or as Prometheus spells it.
    fn is_called(&self, name: &str) -> bool {
        self.name == name || Naming::Endpoint.label_name(&self.name) == name
    }
}

/// One of the gauges, to be read.
struct OneGauge {
    of: Arc<[Gauge]>,
    at: usize,
}

impl Read for OneGauge {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        let gauge = &self.of[self.at];
        let callbacks: Vec<_> = gauge.lock().iter().map(|(labels, callback)| (labels.clone(), Arc::clone(callback))).collect();
        if callbacks.is_empty() && gauge.labels.is_empty() {
            each(&gauge.with_fixed(Vec::new()), Number::Double(0.0));
        }
        for (labels, callback) in callbacks {
            // Absent is not zero: a callback that never gave a value has none. A gauge without labels is there from the start.
            let value = callback.read().or_else(|| gauge.labels.is_empty().then_some(0.0));
            if let Some(value) = value {
                each(&labels, Number::Double(value));
            }
            guard::run(|| drop(callback));
        }
    }
}

#[cfg(test)]
mod tests;
