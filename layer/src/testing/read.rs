//! Reads what a span records, values with their types.

use std::fmt;

use llm_span_contract::Value;
use tracing::field::{Field, Visit};

/// A record of an attribute.
pub(super) type Record = (&'static str, Value<'static>);

/// Collects records in their order. Filled before any lock is taken: a user's `Debug` runs in it, which may open spans itself.
#[derive(Default)]
pub(super) struct Reader(pub(super) Vec<Record>);

impl Visit for Reader {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), Value::from(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), Value::from(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), Value::from(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), Value::from(value)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), Value::from(value.to_owned())));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), Value::from(crate::guard::format(value))));
    }
}
