//! What is written is what was told.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, Value as OtelValue,
    trace::{Event as SpanEvent, Link, SpanContext, SpanKind, Status, TraceFlags, TraceState},
};

use super::support::{Bench, data, ended, metric, noon, with};
use crate::{
    ids::SpanIds,
    metrics::Number,
    pipeline::{
        Severity,
        event::{Event, FieldValue, LogEvent},
    },
    store::{SpanQuery, SpanStatus, Value},
};

#[test]
fn a_span_is_read_back_with_all_that_it_had() {
    let mut bench = Bench::new();
    let mut span = data(0xa7, 0xc9, 0x71, 0);
    span.span_kind = SpanKind::Client;
    span.parent_span_is_remote = true;
    span.status = Status::error("timed out");
    span.attributes = vec![KeyValue::new("llm.model", "gpt-4o"), KeyValue::new("llm.tokens.total", 192)];
    span.dropped_attributes_count = 3;
    let mut event = SpanEvent::with_name("exception");
    event.timestamp = noon() + Duration::from_nanos(1);
    event.attributes = vec![KeyValue::new("exception.type", "Timeout")];
    span.events.events = vec![event, SpanEvent::with_name("second")];
    span.events.dropped_count = 2;
    let other = SpanContext::new(5_u128.into(), 6_u64.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    span.links.links = vec![Link::new(other, vec![KeyValue::new("why", "retry")], 0)];
    span.instrumentation_scope = InstrumentationScope::builder("twinkle.server.Gateway").with_version("1.2").build();
    bench.write([ended(span.clone())]).unwrap();

    let spans = bench.store().spans(&SpanQuery::new()).unwrap();
    let [row] = &spans[..] else { panic!("one span, not {spans:?}") };
    assert_eq!((row.trace_id.as_str(), row.span_id.as_str()), ("000000000000000000000000000000a7", "00000000000000c9"));
    assert_eq!((row.parent_span_id.as_deref(), row.parent_is_remote), (Some("0000000000000071"), true));
    assert_eq!((row.name.as_str(), row.kind.as_str(), row.service.as_str()), ("span 201", "client", "chat"));
    assert_eq!((row.status, row.status_message.as_deref()), (SpanStatus::Error, Some("timed out")));
    assert_eq!((row.start, row.end, row.duration), (span.start_time, span.end_time, Duration::from_millis(10)));
    let attributes = [("llm.model", Value::from("gpt-4o")), ("llm.tokens.total", Value::from(192))];
    assert_eq!(row.attributes, attributes.map(|(key, value)| (key.to_owned(), value)).into());
    assert_eq!((&row.resource["service.name"], &row.resource["region"]), (&Value::from("chat"), &Value::from("eu")));
    assert_eq!((row.scope.as_str(), row.scope_version.as_deref()), ("twinkle.server.Gateway", Some("1.2")));
    assert_eq!(row.dropped, (3, 2, 0));
    assert_eq!((row.links[0].span_id.as_str(), &row.links[0].attributes["why"]), ("0000000000000006", &Value::from("retry")));
    let events = bench.store().span_events(&row.trace_id, &row.span_id).unwrap();
    assert_eq!((events.len(), events[0].name.as_str(), events[0].at), (2, "exception", noon() + Duration::from_nanos(1)));
    assert_eq!(events[0].attributes["exception.type"], Value::from("Timeout"));
}

#[test]
fn values_keep_their_types() {
    let mut bench = Bench::new();
    let values: [(&'static str, OtelValue); 9] = [
        ("bool", true.into()),
        ("least", i64::MIN.into()),
        ("most", i64::MAX.into()),
        ("whole fraction", 1.0.into()),
        ("fraction", 0.1.into()),
        ("least fraction", f64::MIN_POSITIVE.into()),
        ("no number", f64::NAN.into()),
        ("too much", f64::NEG_INFINITY.into()),
        ("list", OtelValue::Array(Array::F64(vec![1.5, f64::INFINITY]))),
    ];
    bench.write([with(values.map(|(key, value)| KeyValue::new(key, value)))]).unwrap();
    let row = bench.store().spans(&SpanQuery::new()).unwrap().remove(0);
    let expected = [
        ("bool", Value::Bool(true)),
        ("least", Value::Int(i64::MIN)),
        ("most", Value::Int(i64::MAX)),
        ("whole fraction", Value::Float(1.0)),
        ("fraction", Value::Float(0.1)),
        ("least fraction", Value::Float(f64::MIN_POSITIVE)),
        ("no number", Value::from("NaN")),
        ("too much", Value::from("-Infinity")),
        ("list", Value::List(vec![Value::Float(1.5), Value::from("Infinity")])),
    ];
    assert_eq!(row.attributes, expected.map(|(key, value)| (key.to_owned(), value)).into());
    let types = "SELECT group_concat(type, ' ') FROM (SELECT type FROM spans, json_each(attributes) ORDER BY key)";
    assert_eq!(bench.text(types), "true real integer real array integer text text real");
}

#[test]
fn the_last_of_two_values_of_a_key_holds() {
    let mut bench = Bench::new();
    bench.write([with([KeyValue::new("llm.model", "first"), KeyValue::new("llm.model", "last")])]).unwrap();
    assert_eq!(bench.text("SELECT attributes FROM spans"), r#"{"llm.model":"last"}"#);
}

#[test]
fn an_attribute_is_found_by_its_dotted_key() {
    let mut bench = Bench::new();
    bench.write([with([KeyValue::new("llm.model", "gpt-4o"), KeyValue::new("llm.tokens.total", 192)])]).unwrap();
    assert_eq!(bench.text(r#"SELECT attributes ->> '$."llm.model"' FROM spans"#), "gpt-4o");
    assert_eq!(bench.text("SELECT attributes ->> 'llm.model' FROM spans"), "gpt-4o");
    assert_eq!(bench.number("SELECT attributes ->> 'llm.tokens.total' FROM spans"), 192);
}

#[test]
fn a_metric_event_keeps_its_value_and_its_type() {
    let mut bench = Bench::new();
    let numbers = [
        Number::Unsigned(150),
        Number::Unsigned(u64::MAX),
        Number::Signed(-3),
        Number::Double(1.5),
        Number::Double(f64::NAN),
        Number::Billionths(640_000),
    ];
    bench.write(numbers.map(|number| metric("total_tokens", number, Some((1, 2)), noon()))).unwrap();
    let values = "SELECT group_concat(typeof(value) || ' ' || value, '; ') FROM metrics";
    assert_eq!(bench.text(values), "integer 150; real 1.8446744073709552e+19; integer -3; real 1.5; text NaN; real 0.00064");
    let row = "SELECT trace_id || ' ' || span_id || ' ' || metric || ' ' || timestamp || ' ' || unit || ' ' || attributes || ' ' || service FROM metrics";
    assert_eq!(
        bench.text(row),
        r#"00000000000000000000000000000001 0000000000000002 total_tokens 2026-11-21 08:52:32.036727 tokens {"model_id":"gpt-4o","provider_id":"openai"} chat"#
    );
}

#[test]
fn a_log_line_is_kept_with_its_fields() {
    let mut bench = Bench::new();
    let log = LogEvent {
        at: noon(),
        severity: Severity::Critical,
        target: "app::db".into(),
        message: "gone".into(),
        fields: vec![("db.name".into(), FieldValue::Text("main".into())), ("retries".into(), FieldValue::Unsigned(u64::MAX))],
        ids: SpanIds::new(0xa7, 0xc9, 1),
        file: Some("src/db.rs".into()),
        line: Some(17),
    };
    bench.write([Event::Log(Arc::new(log))]).unwrap();
    let row = "SELECT concat_ws(' ', trace_id, span_id, timestamp, severity, target, message, attributes, service, file, line) FROM logs";
    assert_eq!(
        bench.text(row),
        r#"000000000000000000000000000000a7 00000000000000c9 2026-11-21 08:52:32.036727 critical app::db gone {"db.name":"main","retries":18446744073709551615} chat src/db.rs 17"#
    );
}
