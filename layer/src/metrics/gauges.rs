//! Gauges that are told as they stand: what outlives spans is read by a callback of the program when it is collected.

mod error;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use error::GaugeError;
use error::{Problem, Wrong};

use llm_span_contract::{Measure, Metric, suggest::nearest};

use super::{Labels, MAX_SERIES, Number, Read, Reader};
use crate::guard;

/// The gauges of a layer whose values the program tells: how many sessions are alive, how many conversations are stored.
///
/// Those without labels stand at 0 until a callback is registered for them. Those with labels show nothing until then. Clones are cheap, and
/// speak of the same gauges; a handle may outlive its layer.
///
/// A callback is called whenever metrics are collected, on the thread that collects: it should not block. No lock is held meanwhile, so
/// it may register others. One that panics reads as what it gave last. It lives as long as the gauges do: if
/// what it reads may go away before, it should hold a [`Weak`](std::sync::Weak) of it, and tell 0 then.
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
pub struct Gauges(Arc<[Gauge]>);

/// One gauge, and who tells its values.
struct Gauge {
    name: String,
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

/// Tells a value.
struct Callback {
    value: Box<dyn Fn() -> f64 + Send + Sync>,
    /// What it gave last.
    last: Mutex<Option<f64>>,
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|gauge| &gauge.name)).finish()
    }
}

impl Gauges {
    /// The gauges among these metrics that a callback tells.
    pub(crate) fn new(metrics: &[Metric]) -> Self {
        Self(metrics.iter().filter_map(Gauge::of).collect())
    }

    /// What tells the values of a gauge whenever they are collected.
    pub(crate) fn reader(&self, name: &str) -> Option<Reader> {
        let at = self.0.iter().position(|gauge| gauge.name == name)?;
        Some(Reader::new(OneGauge { of: self.clone(), at }))
    }

    /// The names of the gauges, as OpenTelemetry has them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|gauge| gauge.name.as_str())
    }

    /// Lets `value` tell the value of a gauge under these labels, in the gauge's unit. It replaces what was registered for the same labels.
    ///
    /// The name is the one that OpenTelemetry has, or as Prometheus spells it: `twinkle.sessions.active`, `twinkle_sessions_active`. Labels are
    /// given in any order; one that has a default, or is optional, may be left out.
    ///
    /// # Errors
    ///
    /// When there is no such gauge, when the labels are not those that it has, or when it has as many label sets already as are told apart
    /// (1,990).
    pub fn register<'l>(
        &self,
        name: &str,
        labels: impl IntoIterator<Item = (&'l str, &'l str)>,
        value: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Result<(), GaugeError> {
        let gauge = self.find(name)?;
        let given = labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let labels = gauge.labels_of(given)?;
        let mut callbacks = gauge.lock();
        if callbacks.len() >= MAX_SERIES && !callbacks.contains_key(&labels) {
            return Err(GaugeError::of(&gauge.name, Problem::Full));
        }
        let callback = Arc::new(Callback { value: Box::new(value), last: Mutex::default() });
        let replaced = callbacks.insert(labels, callback);
        // What it has captured is dropped outside of the lock.
        drop(callbacks);
        guard::run(|| drop(replaced));
        Ok(())
    }

    fn find(&self, name: &str) -> Result<&Gauge, GaugeError> {
        let by = |is: &dyn Fn(&Gauge) -> bool| self.0.iter().find(|gauge| is(gauge));
        let found = by(&|gauge| gauge.name == name).or_else(|| by(&|gauge| flat(&gauge.name) == name));
        found.ok_or_else(|| {
            let known: Vec<_> = self.names().map(str::to_owned).collect();
            let meant = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            GaugeError::of(name, Problem::Unknown { known, meant })
        })
    }
}

/// A name as Prometheus spells it.
fn flat(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
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
            labels: labels.collect(),
            fixed: point.fixed.iter().map(|(name, value)| (name.clone().into_owned(), value.clone().into_owned())).collect(),
            callbacks: Mutex::default(),
        })
    }

    /// The labels that were given, in the gauge's order.
    fn labels_of(&self, mut given: Vec<(String, String)>) -> Result<Labels, GaugeError> {
        let refuse = |wrong| Err(GaugeError::of(&self.name, Problem::Labels { wrong, has: self.label_names() }));
        let mut labels = Vec::new();
        for allowed in &self.labels {
            let of = given.iter().position(|(name, _)| *name == allowed.name || *name == flat(&allowed.name));
            match (of.map(|at| given.swap_remove(at).1), &allowed.default) {
                (Some(value), _) => labels.push((allowed.name.clone(), value)),
                (None, Some(default)) => labels.push((allowed.name.clone(), default.clone())),
                (None, None) if allowed.is_optional => {}
                (None, None) => return refuse(Wrong::Lacks(allowed.name.clone())),
            }
        }
        if let Some((name, _)) = given.into_iter().next() {
            let is_known = self.labels.iter().any(|label| label.name == name || flat(&label.name) == name);
            return refuse(if is_known { Wrong::Twice(name) } else { Wrong::Unknown(name) });
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

/// One of the gauges, to be read.
struct OneGauge {
    of: Gauges,
    at: usize,
}

impl Read for OneGauge {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        let gauge = &self.of.0[self.at];
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

impl Callback {
    /// What it gives, or gave last; `None` where it has never given anything.
    fn read(&self) -> Option<f64> {
        let value = guard::run(&self.value);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = value.or(*last);
        *last
    }
}

#[cfg(test)]
mod tests;
