//! Log lines as OTLP has them.

use std::{collections::HashMap, time::SystemTime};

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber},
    resource::v1::Resource,
};

use crate::pipeline::event::{FieldValue, LogEvent, Severity};

/// Where a line stands in the source, as the [semantic conventions] name it.
///
/// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/
const FILE: &str = "code.file.path";
const LINE: &str = "code.line.number";

/// Lines by their targets, which are their scopes.
pub(super) fn request(lines: &[&LogEvent], resource: &Resource, schema_url: &str) -> ExportLogsServiceRequest {
    let mut scopes: Vec<ScopeLogs> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for line in lines {
        let place = *places.entry(&line.target).or_insert_with(|| {
            let scope = InstrumentationScope { name: line.target.to_string(), ..InstrumentationScope::default() };
            scopes.push(ScopeLogs { scope: Some(scope), ..ScopeLogs::default() });
            scopes.len() - 1
        });
        scopes[place].log_records.push(record(line));
    }
    let resource_logs = ResourceLogs { resource: Some(resource.clone()), scope_logs: scopes, schema_url: schema_url.to_owned() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }
}

fn record(line: &LogEvent) -> LogRecord {
    let (number, text) = severity(line.severity);
    let mut attributes: Vec<KeyValue> = line.fields.iter().map(|(key, value)| key_value(key, of_field(value))).collect();
    if let Some(file) = &line.file {
        attributes.push(key_value(FILE, Value::StringValue(file.to_string())));
    }
    if let Some(number) = line.line {
        attributes.push(key_value(LINE, Value::IntValue(number.into())));
    }
    let at = nanos(line.at);
    let mut record = LogRecord {
        time_unix_nano: at,
        // It is the program itself that sees it.
        observed_time_unix_nano: at,
        severity_number: number.into(),
        severity_text: text.to_owned(),
        body: Some(AnyValue { value: Some(Value::StringValue(line.message.clone())) }),
        attributes,
        ..LogRecord::default()
    };
    if let Some(ids) = &line.ids {
        record.trace_id = ids.trace_id().to_be_bytes().to_vec();
        record.span_id = ids.span_id().to_be_bytes().to_vec();
        record.flags = ids.flags().into();
    }
    record
}

/// The number, and the name that `OpenTelemetry` has for it.
const fn severity(severity: Severity) -> (SeverityNumber, &'static str) {
    match severity {
        Severity::Verbose => (SeverityNumber::Trace, "TRACE"),
        Severity::Debug => (SeverityNumber::Debug, "DEBUG"),
        Severity::Info => (SeverityNumber::Info, "INFO"),
        Severity::Warn => (SeverityNumber::Warn, "WARN"),
        Severity::Error => (SeverityNumber::Error, "ERROR"),
        Severity::Critical => (SeverityNumber::Fatal, "FATAL"),
    }
}

/// A count that OTLP's integers are too small for is a text: a number would be another.
fn of_field(value: &FieldValue) -> Value {
    match value {
        FieldValue::Bool(value) => Value::BoolValue(*value),
        FieldValue::Int(value) => Value::IntValue(*value),
        FieldValue::Unsigned(value) => {
            i64::try_from(*value).map_or_else(|_| Value::StringValue(value.to_string()), Value::IntValue)
        }
        FieldValue::Float(value) => Value::DoubleValue(*value),
        FieldValue::Text(value) => Value::StringValue(value.clone()),
    }
}

fn key_value(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn nanos(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::SpanIds;

    fn line(target: &'static str, severity: Severity) -> LogEvent {
        LogEvent {
            at: SystemTime::UNIX_EPOCH + Duration::from_nanos(1_234),
            severity,
            target: target.into(),
            message: "it is so".into(),
            fields: vec![("big".into(), FieldValue::Unsigned(u64::MAX)), ("ok".into(), FieldValue::Bool(true))],
            ids: SpanIds::new(0xAB, 0xCD, 1),
            file: Some("src/main.rs".into()),
            line: Some(7),
        }
    }

    #[test]
    fn a_line_has_all_that_is_known_of_it() {
        let record = record(&line("a", Severity::Critical));
        assert_eq!((record.time_unix_nano, record.observed_time_unix_nano), (1_234, 1_234));
        assert_eq!((record.severity_number, record.severity_text.as_str()), (21, "FATAL"));
        assert_eq!(record.trace_id, 0xAB_u128.to_be_bytes());
        assert_eq!(record.span_id, 0xCD_u64.to_be_bytes());
        assert_eq!(record.flags, 1);
        let attributes: Vec<String> =
            record.attributes.iter().map(|attribute| format!("{}={:?}", attribute.key, value_of(attribute))).collect();
        assert_eq!(
            attributes,
            [
                format!("big={:?}", Value::StringValue(u64::MAX.to_string())),
                format!("ok={:?}", Value::BoolValue(true)),
                format!("code.file.path={:?}", Value::StringValue("src/main.rs".into())),
                format!("code.line.number={:?}", Value::IntValue(7)),
            ]
        );
    }

    fn value_of(attribute: &KeyValue) -> Value {
        attribute.value.clone().and_then(|value| value.value).expect("a value")
    }

    #[test]
    fn lines_stand_under_their_targets() {
        let lines = [line("a", Severity::Info), line("b", Severity::Info), line("a", Severity::Info)];
        let request = request(&lines.iter().collect::<Vec<_>>(), &Resource::default(), "");
        let scopes: Vec<(String, usize)> = request.resource_logs[0]
            .scope_logs
            .iter()
            .map(|scope| (scope.scope.clone().expect("a scope").name, scope.log_records.len()))
            .collect();
        assert_eq!(scopes, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    }

    #[test]
    fn severities_have_the_numbers_of_the_data_model() {
        let of = |level| severity(level).0 as i32;
        let numbers =
            [Severity::Verbose, Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Critical].map(of);
        assert_eq!(numbers, [1, 5, 9, 13, 17, 21]);
    }
}
