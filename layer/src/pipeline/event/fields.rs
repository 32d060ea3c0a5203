//! The fields of a `tracing` event, as a log line has them.

use std::{borrow::Cow, error::Error, fmt};

use tracing::{
    Metadata,
    field::{Field, Visit},
};

use super::{FieldValue, Severity, text};

/// The field that tells an error that is critical.
const SEVERITY: &str = "severity";

/// What the fields of an event tell.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) target: Cow<'static, str>,
    pub(crate) file: Option<Cow<'static, str>>,
    pub(crate) line: Option<u32>,
    pub(crate) others: Vec<(Cow<'static, str>, FieldValue)>,
    /// Whether the event is one of the `log` crate, which brings its target and place along as fields.
    is_from_log: bool,
}

impl Fields {
    /// Before the fields are visited.
    pub(crate) fn new(metadata: &'static Metadata<'static>) -> Self {
        Self {
            severity: Severity::from(*metadata.level()),
            message: String::new(),
            target: Cow::Borrowed(metadata.target()),
            file: metadata.file().map(Cow::Borrowed),
            line: metadata.line(),
            others: Vec::new(),
            is_from_log: is_from_log(metadata),
        }
    }

    fn field(&mut self, field: &Field, value: FieldValue) {
        match field.name() {
            "message" => self.message = value.into_text(),
            name if self.is_from_log => self.of_log(name, value),
            SEVERITY if self.severity == Severity::Error && is_critical(&value) => self.severity = Severity::Critical,
            // Each name once: the last value holds.
            name => match self.others.iter_mut().find(|(other, _)| other == name) {
                Some((_, other)) => *other = value,
                None => self.others.push((Cow::Borrowed(name), value)),
            },
        }
    }

    fn of_log(&mut self, name: &str, value: FieldValue) {
        match (name, value) {
            ("log.target", value) => self.target = Cow::Owned(value.into_text()),
            ("log.file", value) => self.file = Some(Cow::Owned(value.into_text())),
            ("log.line", FieldValue::Unsigned(line)) => self.line = u32::try_from(line).ok(),
            _ => {}
        }
    }
}

fn is_critical(value: &FieldValue) -> bool {
    matches!(value, FieldValue::Text(text) if text == Severity::Critical.name())
}

/// Events of the `log` crate come through five callsites of `tracing-log`, one a level.
fn is_from_log(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "log event" && metadata.target() == "log" && metadata.module_path().is_none()
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(field, FieldValue::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, FieldValue::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, FieldValue::Unsigned(value));
    }

    /// A number as far as 64 bits reach, beyond that a text.
    fn record_i128(&mut self, field: &Field, value: i128) {
        let whole = i64::try_from(value).map(FieldValue::Int);
        let whole = whole.or_else(|_| u64::try_from(value).map(FieldValue::Unsigned));
        self.field(field, whole.unwrap_or_else(|_| FieldValue::Text(value.to_string())));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        let whole = u64::try_from(value).map(FieldValue::Unsigned);
        self.field(field, whole.unwrap_or_else(|_| FieldValue::Text(value.to_string())));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, FieldValue::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, FieldValue::Text(text::of_str(value)));
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.field(field, FieldValue::Text(text::of_bytes(value)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.field(field, FieldValue::Text(text::of_error(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.field(field, FieldValue::Text(text::of_debug(value)));
    }
}
