//! A JSON object while it is written.

use opentelemetry::{Array, KeyValue, Value};

pub(super) use crate::json_text::array;
use crate::{json_text::quote, pipeline::event};

/// A JSON object while it is written, its keys in the order in which they come.
pub(super) struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// A key, and what is written for it.
    pub(super) fn with(&mut self, key: &str, write: impl FnOnce(&mut String)) {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        quote(key, self.out);
        self.out.push(':');
        write(self.out);
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.with(key, |out| quote(text, out));
    }

    /// What is JSON already.
    pub(super) fn raw(&mut self, key: &str, json: &str) {
        self.with(key, |out| out.push_str(json));
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }
}

/// Attributes as an object, sorted, each key once.
pub(super) fn attributes(all: &[KeyValue], out: &mut String) {
    let mut object = Object::begin(out);
    for (key, of) in event::attributes(all) {
        object.with(key, |out| value(of, out));
    }
    object.end();
}

fn value(value: &Value, out: &mut String) {
    match value {
        Value::Bool(value) => out.push_str(boolean(*value)),
        Value::I64(value) => out.push_str(&value.to_string()),
        Value::F64(value) => out.push_str(&double(*value)),
        Value::String(text) => quote(text.as_str(), out),
        Value::Array(Array::Bool(all)) => array(all, out, |value, out| out.push_str(boolean(*value))),
        Value::Array(Array::I64(all)) => array(all, out, |value, out| out.push_str(&value.to_string())),
        Value::Array(Array::F64(all)) => array(all, out, |value, out| out.push_str(&double(*value))),
        Value::Array(Array::String(all)) => array(all, out, |text, out| quote(text.as_str(), out)),
        other => quote(&other.as_str(), out),
    }
}

const fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// JSON has no form for `NaN` and the infinities.
pub(super) fn double(value: f64) -> String {
    let text = match value {
        value if value.is_nan() => "\"NaN\"",
        f64::INFINITY => "\"inf\"",
        f64::NEG_INFINITY => "\"-inf\"",
        finite => return serde_json::to_string(&finite).unwrap_or_else(|_| "null".to_owned()),
    };
    text.to_owned()
}
