//! Any attributes survive.

use std::{cell::Cell, collections::BTreeMap};

use llm_span::store::{SpanQuery, Value};
use proptest::prelude::*;
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::support::Bench;

fn value() -> impl Strategy<Value = opentelemetry::Value> {
    use opentelemetry::{Array, Value};
    let floats = || prop_oneof![any::<f64>(), prop::num::f64::ANY];
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        floats().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(|values| Value::Array(Array::I64(values))),
        prop::collection::vec(floats(), 0..4).prop_map(|values| Value::Array(Array::F64(values))),
        prop::collection::vec(any::<bool>(), 0..4).prop_map(|values| Value::Array(Array::Bool(values))),
        prop::collection::vec(any::<String>(), 0..4)
            .prop_map(|values| Value::Array(Array::String(values.into_iter().map(Into::into).collect()))),
    ]
}

fn float(value: f64) -> Value {
    match value {
        _ if value.is_finite() => Value::Float(value),
        _ if value.is_nan() => "NaN".into(),
        _ if value > 0.0 => "Infinity".into(),
        _ => "-Infinity".into(),
    }
}

/// What is read back of it.
fn expected(value: &opentelemetry::Value) -> Value {
    use opentelemetry::{Array, Value as Otel};
    match value {
        Otel::Bool(value) => (*value).into(),
        Otel::I64(value) => (*value).into(),
        Otel::F64(value) => float(*value),
        Otel::String(value) => value.as_str().into(),
        Otel::Array(Array::I64(values)) => Value::List(values.iter().copied().map(Value::from).collect()),
        Otel::Array(Array::F64(values)) => Value::List(values.iter().copied().map(float).collect()),
        Otel::Array(Array::Bool(values)) => Value::List(values.iter().copied().map(Value::from).collect()),
        Otel::Array(Array::String(values)) => Value::List(values.iter().map(|value| value.as_str().into()).collect()),
        other => panic!("not made above: {other:?}"),
    }
}

#[test]
fn any_attributes_survive_a_round_trip() {
    let bench = Bench::new();
    let last = Cell::new(0_i64);
    proptest!(ProptestConfig::with_cases(200), |(attributes in prop::collection::btree_map(any::<String>(), value(), 0..6))| {
        let number = last.replace(last.get() + 1);
        bench.run(|| {
            let span = info_span!("span", number);
            for (key, value) in &attributes {
                span.set_attribute(key.clone(), value.clone());
            }
        });
        let spans = bench.store().spans(&SpanQuery::new().attribute("number", number)).unwrap();
        prop_assert_eq!(spans.len(), 1);
        for (key, value) in &attributes {
            prop_assert_eq!(spans[0].attributes.get(key), Some(&expected(value)), "{}", key);
        }
        let read: BTreeMap<_, _> = attributes.iter().map(|(key, value)| (key.clone(), expected(value))).collect();
        for (key, value) in read.into_iter().filter(|(key, _)| key != "number") {
            let query = SpanQuery::new().attribute("number", number).attribute(key.clone(), value.clone());
            prop_assert_eq!(bench.store().spans(&query).unwrap().len(), 1, "{:?} is {:?}", key, value);
        }
    });
}
