//! Names that belong to a metric already.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use llm_span_contract::{Metric, Naming};

use crate::prometheus::sample_names;

/// Names of metrics, each with the metric that has it: the derived ones, and what the program emits.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// In OpenTelemetry, which ignores case.
    instruments: HashMap<String, Arc<str>>,
    /// In Prometheus, in either of its formats.
    samples: HashMap<String, Arc<str>>,
}

impl Taken {
    pub(super) fn by<'m>(metrics: impl IntoIterator<Item = &'m Metric>) -> Self {
        let mut taken = Self::default();
        for metric in metrics {
            taken.give(metric);
        }
        taken
    }

    /// Takes the names of a metric; where one belongs to another metric, none, and says so.
    pub(super) fn take(&mut self, metric: &Metric) -> Result<(), String> {
        let name = &metric.name;
        if let Some(other) = self.instruments.get(&name.to_ascii_lowercase()) {
            return Err(format!(
                "metric `{name}`: `{other}`, which is derived or emitted, has this name; emit it under another name"
            ));
        }
        if let Some(other) = sample_names(metric).find_map(|name| self.samples.get(&name)) {
            let reads = Naming::Endpoint.metric_name(metric);
            return Err(format!(
                "metric `{name}`: in Prometheus it would read `{reads}`, which belongs to `{other}`, a metric that is derived or emitted, too; \
                 emit it under another name"
            ));
        }
        self.give(metric);
        Ok(())
    }

    /// The first one holds.
    fn give(&mut self, metric: &Metric) {
        let owner: Arc<str> = metric.name.as_ref().into();
        self.instruments.entry(metric.name.to_ascii_lowercase()).or_insert_with(|| Arc::clone(&owner));
        for sample in sample_names(metric) {
            if let Entry::Vacant(place) = self.samples.entry(sample) {
                place.insert(Arc::clone(&owner));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use llm_span_contract::{Measure, MetricKind, MetricSet};

    use super::*;

    fn metric(name: &'static str, kind: MetricKind) -> Metric {
        let mut metric = Metric::gauge(name).measure(Measure::Callback).build().expect("a metric");
        metric.kind = kind;
        metric
    }

    #[test]
    fn a_name_belongs_to_the_metric_that_came_first() {
        let mut taken = Taken::by(MetricSet::amtp().metrics());
        let free = [
            ("a.b", MetricKind::Counter),
            ("a.b.c", MetricKind::Gauge),
            ("a.b.sum", MetricKind::Gauge),
            ("total", MetricKind::Counter),
        ];
        for (name, kind) in free {
            assert_eq!(taken.take(&metric(name, kind)), Ok(()), "{name}");
        }
        let others = [
            ("a_b", MetricKind::Counter, "a.b"),
            ("a/b", MetricKind::DecimalCounter, "a.b"),
            ("a_b_total", MetricKind::Counter, "a.b"),
            // Of one name in OpenMetrics.
            ("a_b", MetricKind::Gauge, "a.b"),
            ("a_b_created", MetricKind::Gauge, "a.b"),
            ("A.B", MetricKind::Counter, "a.b"),
            ("llm.total.tokens", MetricKind::Counter, "total_tokens"),
            ("llm_total_tokens", MetricKind::UpDownCounter, "total_tokens"),
            ("total_tokens", MetricKind::Counter, "total_tokens"),
        ];
        for (name, kind, owner) in others {
            let why = taken.take(&metric(name, kind)).expect_err(name);
            assert!(why.contains(&format!("`{owner}`")) && why.contains("another name"), "{name}: {why}");
        }
    }
}
