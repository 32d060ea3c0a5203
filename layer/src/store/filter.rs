//! What queries of traces and of spans have in common.

use std::time::{Duration, SystemTime};

use rusqlite::types::Value as SqlValue;

use super::{SpanStatus, attribute::Is, conditions::Conditions, time};

/// Which come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// Those that began last.
    #[default]
    Newest,
    /// Those that began first.
    Oldest,
    /// Those that took longest.
    Slowest,
}

impl Order {
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Newest => " ORDER BY start_ns DESC, trace_id",
            Self::Oldest => " ORDER BY start_ns, trace_id",
            Self::Slowest => " ORDER BY duration_ms DESC, start_ns DESC",
        }
    }
}

/// So many rows come back, where nothing else is said.
const LIMIT: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    pub(super) since: Option<SystemTime>,
    pub(super) until: Option<SystemTime>,
    pub(super) trace: Option<String>,
    pub(super) service: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<SpanStatus>,
    pub(super) longer_than: Option<Duration>,
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) attributes: Vec<(String, Is)>,
    pub(super) order: Order,
    pub(super) limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        let (since, until, trace, service, name, status, longer_than) = (None, None, None, None, None, None, None);
        let (model, provider, attributes, order) = (None, None, Vec::new(), Order::default());
        Self { since, until, trace, service, name, status, longer_than, model, provider, attributes, order, limit: LIMIT }
    }
}

impl Filter {
    /// On columns that traces and spans both have.
    pub(super) fn common(&self, conditions: &mut Conditions) {
        if let Some(since) = self.since {
            conditions.and("start_ns >= ?", [SqlValue::Integer(time::nanoseconds(since))]);
        }
        if let Some(until) = self.until {
            conditions.and("start_ns < ?", [SqlValue::Integer(time::nanoseconds(until))]);
        }
        if let Some(prefix) = &self.trace {
            let prefix = prefix.to_ascii_lowercase();
            // Ids are hexadecimal digits: all that begin so stand between it and it with a letter that is none.
            let end = format!("{prefix}g");
            conditions.and("trace_id >= ? AND trace_id < ?", [SqlValue::Text(prefix), SqlValue::Text(end)]);
        }
        if let Some(name) = &self.name {
            conditions.and("name = ?", [SqlValue::Text(name.clone())]);
        }
        if let Some(status) = self.status {
            conditions.and("status = ?", [SqlValue::Text(status.name().to_owned())]);
        }
        if let Some(longer) = self.longer_than {
            conditions.and("duration_ms > ?", [SqlValue::Real(longer.as_secs_f64() * 1e3)]);
        }
    }

    /// On what only spans have.
    pub(super) fn of_spans(&self, conditions: &mut Conditions) {
        if let Some(service) = &self.service {
            conditions.and("spans.service = ?", [SqlValue::Text(service.clone())]);
        }
        if let Some(model) = &self.model {
            conditions.and(MODEL, [SqlValue::Text(model.clone())]);
        }
        if let Some(provider) = &self.provider {
            conditions.and(PROVIDER, [SqlValue::Text(provider.clone())]);
        }
        for (key, is) in &self.attributes {
            is.add(key, conditions);
        }
    }
}

/// Spans have OpenTelemetry's attributes, our own, or both, by their dialect.
const MODEL: &str = "EXISTS (SELECT 1 FROM json_each(spans.attributes)
    WHERE key IN ('gen_ai.request.model', 'llm.model') AND type = 'text' AND atom = ?)";
const PROVIDER: &str = "EXISTS (SELECT 1 FROM json_each(spans.attributes)
    WHERE key IN ('gen_ai.provider.name', 'llm.provider', 'gen_ai.system') AND type = 'text' AND atom = ?)";

/// The methods that add conditions.
macro_rules! conditions {
    ($query:ident) => {
        impl $query {
            /// Without conditions: the newest 100.
            pub fn new() -> Self {
                Self::default()
            }

            /// That began then or later.
            #[must_use]
            pub fn since(mut self, time: std::time::SystemTime) -> Self {
                self.0.since = Some(time);
                self
            }

            /// That began before then.
            #[must_use]
            pub fn until(mut self, time: std::time::SystemTime) -> Self {
                self.0.until = Some(time);
                self
            }

            /// Whose trace's id is this one, or begins so.
            #[must_use]
            pub fn trace(mut self, id_or_prefix: impl Into<String>) -> Self {
                self.0.trace = Some(id_or_prefix.into());
                self
            }

            /// Of that `service.name`; a trace is where one of its spans is.
            #[must_use]
            pub fn service(mut self, service: impl Into<String>) -> Self {
                self.0.service = Some(service.into());
                self
            }

            /// Of that name; a trace has that of its root.
            #[must_use]
            pub fn name(mut self, name: impl Into<String>) -> Self {
                self.0.name = Some(name.into());
                self
            }

            /// Of that status; a trace has that of its root.
            #[must_use]
            pub fn status(mut self, status: crate::store::SpanStatus) -> Self {
                self.0.status = Some(status);
                self
            }

            /// That took longer.
            #[must_use]
            pub fn longer_than(mut self, duration: std::time::Duration) -> Self {
                self.0.longer_than = Some(duration);
                self
            }

            /// Of that model, by `gen_ai.request.model` or `llm.model`; a trace is where one of its spans is.
            #[must_use]
            pub fn model(mut self, model: impl Into<String>) -> Self {
                self.0.model = Some(model.into());
                self
            }

            /// Of that provider, by `gen_ai.provider.name`, `llm.provider` or `gen_ai.system`; a trace is where one of its spans is.
            #[must_use]
            pub fn provider(mut self, provider: impl Into<String>) -> Self {
                self.0.provider = Some(provider.into());
                self
            }

            /// With an attribute of that value, of the same type; numbers are equal as numbers. Of a trace one span has to have all the
            /// attributes that are asked for. Any key and any value is taken as it is.
            #[must_use]
            pub fn attribute(mut self, key: impl Into<String>, value: impl Into<crate::store::Value>) -> Self {
                self.0.attributes.push((key.into(), crate::store::attribute::Is::Equal(value.into())));
                self
            }

            /// With an attribute of that key.
            #[must_use]
            pub fn has_attribute(mut self, key: impl Into<String>) -> Self {
                self.0.attributes.push((key.into(), crate::store::attribute::Is::Present));
                self
            }

            /// With an attribute that is a number, and greater.
            #[must_use]
            pub fn attribute_above(mut self, key: impl Into<String>, bound: f64) -> Self {
                self.0.attributes.push((key.into(), crate::store::attribute::Is::Above(bound)));
                self
            }

            /// Which come first.
            #[must_use]
            pub fn order(mut self, order: crate::store::Order) -> Self {
                self.0.order = order;
                self
            }

            /// So many at most.
            #[must_use]
            pub fn limit(mut self, limit: usize) -> Self {
                self.0.limit = limit;
                self
            }
        }
    };
}
pub(super) use conditions;
