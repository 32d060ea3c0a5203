//! What telemetry has told of requests and of their calls.

use std::collections::BTreeMap;

use crate::{
    collector::{Collector, attributes},
    process::Ended,
};

/// So many requests and so many calls with these values.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// By status, and what went wrong.
    pub(super) requests: BTreeMap<(String, String), usize>,
    /// By how they ended.
    pub(super) calls: BTreeMap<String, usize>,
}

impl Told {
    pub(super) fn new(status: &str, error: &str, outcome: &str, requests: usize) -> Self {
        let mut told = Self::default();
        told.add(status, error, outcome, requests);
        told
    }

    pub(super) fn add(&mut self, status: &str, error: &str, outcome: &str, requests: usize) {
        self.requests.insert((status.to_owned(), error.to_owned()), requests);
        *self.calls.entry(outcome.to_owned()).or_default() += requests;
    }

    /// What a Collector was sent of requests of that method.
    pub(super) fn to(collector: &Collector) -> Self {
        let mut told = Self::default();
        for span in collector.received().spans() {
            let attributes: BTreeMap<String, String> = attributes(&span.attributes).collect();
            told.span(&span.name, |key| attributes.get(key).cloned().unwrap_or_default());
        }
        told
    }

    /// What stands in the file of a gateway that has ended.
    pub(super) fn in_file(ended: &Ended, file: &str) -> Self {
        let file = rusqlite::Connection::open(ended.path(file)).unwrap();
        let mut rows = file.prepare("SELECT name, attributes FROM spans").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
        let mut told = Self::default();
        for (name, attributes) in rows.map(Result::unwrap) {
            let attributes: serde_json::Value = serde_json::from_str(&attributes).unwrap();
            told.span(&name, |key| match &attributes[key] {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            });
        }
        told
    }

    fn span(&mut self, name: &str, attribute: impl Fn(&str) -> String) {
        if name.starts_with("HTTP POST ") {
            let request = (attribute("http.response.status_code"), attribute("error.type"));
            *self.requests.entry(request).or_default() += 1;
        } else if name.starts_with("provider.generate") {
            *self.calls.entry(attribute("llm.outcome")).or_default() += 1;
        }
    }
}
