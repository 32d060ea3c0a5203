//! One series of what a query finds.

use std::collections::BTreeMap;

use serde_json::Value;

/// Labels and the value they have.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Sample {
    pub(crate) fn read(series: &Value) -> Self {
        let labels = series["metric"].as_object().unwrap().iter();
        let labels = labels.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        Self { labels, value: series["value"][1].as_str().unwrap().parse().unwrap() }
    }

    /// A label's value; empty where it has none, as in Prometheus.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}
