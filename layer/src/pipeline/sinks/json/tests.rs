use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use opentelemetry::{
    Array, InstrumentationScope, Value as OtelValue,
    trace::{Event as SpanEvent, Link, SpanContext, SpanKind, TraceFlags, TraceId, TraceState},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::pipeline::event::example_span;

/// What was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn resource() -> Resource {
    Resource::builder_empty()
        .with_service_name("chat")
        .with_attribute(KeyValue::new("deployment.environment.name", "test"))
        .build()
}

fn written(spans: Vec<SpanData>) -> String {
    let written = Written::default();
    let mut sink = JsonSpans::to(Out::to(written.clone()), &resource());
    let batch = spans.into_iter().map(|span| Event::SpanEnd(Arc::new(span))).collect();
    sink.write(batch, &Patience::default()).expect("it is written");
    let bytes = written.0.lock().unwrap().clone();
    String::from_utf8(bytes).expect("UTF-8")
}

fn read(span: SpanData) -> Value {
    serde_json::from_str(&written(vec![span])).expect("JSON")
}

#[test]
fn a_span_is_one_line_with_its_keys_in_order() {
    assert_eq!(
        written(vec![example_span()]),
        concat!(
            r#"{"name":"chat gpt-4o","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"00f067aa0ba902b7","parent_span_id":null,"#,
            r#""kind":"client","start_time":"2026-03-03T14:03:22.117000000Z","end_time":"2026-03-03T14:03:22.650100000Z","#,
            r#""duration_ms":533.1,"status":{"code":"ok"},"attributes":{"llm.model":"gpt-4o","llm.tokens.total":192},"#,
            r#""events":[],"links":[],"scope":{"name":"llm-span"},"#,
            r#""resource":{"deployment.environment.name":"test","service.name":"chat"}}"#,
            "\n"
        )
    );
}

#[test]
fn values_keep_their_type() {
    let mut span = example_span();
    span.attributes = vec![
        KeyValue::new("bool", true),
        KeyValue::new("int", i64::MIN),
        KeyValue::new("whole", 1.0),
        KeyValue::new("nan", f64::NAN),
        KeyValue::new("infinite", f64::NEG_INFINITY),
        KeyValue::new("texts", OtelValue::Array(Array::String(vec!["a".into(), "b\u{0}".into()]))),
        KeyValue::new("ints", OtelValue::Array(Array::I64(vec![1, -2]))),
        KeyValue::new("floats", OtelValue::Array(Array::F64(vec![0.5, f64::INFINITY]))),
        KeyValue::new("bools", OtelValue::Array(Array::Bool(vec![true, false]))),
        KeyValue::new("twice", "first"),
        KeyValue::new("twice", "last"),
    ];
    let expected = json!({
        "bool": true, "int": i64::MIN, "whole": 1.0, "nan": "NaN", "infinite": "-inf", "texts": ["a", "b\u{0}"], "ints": [1, -2],
        "floats": [0.5, "inf"], "bools": [true, false], "twice": "last"
    });
    assert_eq!(read(span)["attributes"], expected);
}

#[test]
fn errors_events_links_scopes_and_what_had_no_room_are_told() {
    let mut span = example_span();
    span.status = Status::Error { description: "rate \"limited\"".into() };
    span.parent_span_id = SpanId::from(7);
    span.span_kind = SpanKind::Internal;
    let at = UNIX_EPOCH + Duration::from_nanos(1_772_546_602_000_000_001);
    span.events.events.push(SpanEvent::new("exception", at, vec![KeyValue::new("exception.message", "no")], 0));
    span.events.dropped_count = 3;
    let linked = SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, true, TraceState::default());
    span.links.links.push(Link::new(linked, vec![KeyValue::new("batch", 4)], 0));
    let scope = InstrumentationScope::builder("twinkle.server.Gateway").with_version("1.2");
    span.instrumentation_scope = scope.with_attributes([KeyValue::new("k", "v")]).build();
    let read = read(span);
    assert_eq!(read["status"], json!({"code": "error", "message": "rate \"limited\""}));
    assert_eq!((&read["parent_span_id"], &read["kind"]), (&json!("0000000000000007"), &json!("internal")));
    let event = json!({"name": "exception", "time": "2026-03-03T14:03:22.000000001Z", "attributes": {"exception.message": "no"}});
    assert_eq!(read["events"], json!([event]));
    let link = json!({"trace_id": format!("{:032x}", 1), "span_id": format!("{:016x}", 2), "attributes": {"batch": 4}});
    assert_eq!(read["links"], json!([link]));
    assert_eq!(read["scope"], json!({"name": "twinkle.server.Gateway", "version": "1.2", "attributes": {"k": "v"}}));
    assert_eq!(read["dropped"], json!({"events": 3}));
}

#[test]
fn what_fails_is_counted_span_by_span() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut sink = JsonSpans::to(Out::to(Full), &resource());
    let batch = vec![Event::SpanEnd(Arc::new(example_span())); 3];
    let failure = sink.write(batch, &Patience::default()).expect_err("the device is full");
    assert_eq!(failure.lost, 3);
}

fn value() -> impl Strategy<Value = OtelValue> {
    prop_oneof![
        any::<bool>().prop_map(OtelValue::Bool),
        any::<i64>().prop_map(OtelValue::I64),
        // With so few digits that the reader of the test is exact.
        any::<i32>().prop_map(|number| OtelValue::F64(f64::from(number) / 16.0)),
        prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)].prop_map(OtelValue::F64),
        any::<String>().prop_map(|text| OtelValue::String(text.into())),
        prop::collection::vec(any::<String>(), 0..4)
            .prop_map(|all| OtelValue::Array(Array::String(all.into_iter().map(Into::into).collect()))),
    ]
}

fn as_json(value: &OtelValue) -> Value {
    match value {
        OtelValue::Bool(value) => json!(value),
        OtelValue::I64(value) => json!(value),
        OtelValue::F64(value) if value.is_nan() => json!("NaN"),
        OtelValue::F64(value) if value.is_infinite() => json!(if *value > 0.0 { "inf" } else { "-inf" }),
        OtelValue::F64(value) => json!(value),
        OtelValue::Array(Array::String(all)) => json!(all.iter().map(opentelemetry::StringValue::as_str).collect::<Vec<_>>()),
        other => json!(other.as_str()),
    }
}

proptest! {
    #[test]
    fn any_double_is_written_exactly(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        prop_assert_eq!(object::double(value).parse(), Ok(value));
    }

    #[test]
    fn any_names_and_values_read_back_as_they_were(
        name in any::<String>(),
        message in any::<String>(),
        attributes in prop::collection::vec((any::<String>(), value()), 0..8),
    ) {
        let mut span = example_span();
        span.name = name.clone().into();
        span.status = Status::Error { description: message.clone().into() };
        span.attributes = attributes.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let lines = written(vec![span.clone(), span]);
        prop_assert_eq!(lines.lines().count(), 2);
        // The last of a key holds.
        let expected: serde_json::Map<String, Value> = attributes.iter().map(|(key, value)| (key.clone(), as_json(value))).collect();
        for line in lines.lines() {
            let read: Value = serde_json::from_str(line).expect("JSON");
            prop_assert_eq!(read["name"].as_str(), Some(name.as_str()));
            prop_assert_eq!(read["status"]["message"].as_str(), Some(message.as_str()));
            prop_assert_eq!(&read["attributes"], &Value::Object(expected.clone()));
        }
    }
}
