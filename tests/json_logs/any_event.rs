//! Whatever the fields are called and whatever they hold, a line is valid JSON, has no key twice and loses nothing.

use crate::support::{logs, under};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tracing::callsite::{Callsite, Identifier};
use tracing::field::{FieldSet, Value as Recorded};
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::prelude::*;

/// A callsite made while the program runs. It lives on, as callsites do.
struct Made(std::sync::OnceLock<Metadata<'static>>);

impl Callsite for Made {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("set")
    }
}

fn callsite(target: &str, names: &[String]) -> &'static Metadata<'static> {
    fn forever(text: &str) -> &'static str {
        Box::leak(text.to_owned().into_boxed_str())
    }
    let made: &'static Made = Box::leak(Box::new(Made(std::sync::OnceLock::new())));
    let names: Vec<&'static str> = names.iter().map(|name| forever(name)).collect();
    let fields = FieldSet::new(names.leak(), Identifier(made));
    let target = forever(target);
    made.0.get_or_init(|| Metadata::new("event", target, Level::INFO, None, None, None, fields, Kind::EVENT))
}

#[derive(Clone, Debug)]
enum Any {
    Text(String),
    Shown(String),
    Number(i64),
    Float(f64),
    Wide(u128),
    Bytes(Vec<u8>),
    Nothing,
}

impl Any {
    fn expected(&self) -> Option<Value> {
        Some(match self {
            Self::Text(text) | Self::Shown(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Float(float) if float.is_nan() => json!("NaN"),
            Self::Float(float) if float.is_infinite() => json!(if *float > 0.0 { "inf" } else { "-inf" }),
            Self::Float(float) => json!(float),
            Self::Wide(wide) => u64::try_from(*wide).map_or_else(|_| json!(wide.to_string()), |number| json!(number)),
            Self::Bytes(bytes) => json!(bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))),
            Self::Nothing => return None,
        })
    }
}

fn any_value() -> impl Strategy<Value = Any> {
    prop_oneof![
        any::<String>().prop_map(Any::Text),
        "\\PC*|[\\x00-\\x1f\"\\\\]*".prop_map(Any::Text),
        any::<String>().prop_map(Any::Shown),
        any::<i64>().prop_map(Any::Number),
        // Eighths: numbers that the JSON reader of this test reads back without rounding.
        any::<i32>().prop_map(|eighths| Any::Float(f64::from(eighths) / 8.0)),
        prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]).prop_map(Any::Float),
        any::<u128>().prop_map(Any::Wide),
        any::<Vec<u8>>().prop_map(Any::Bytes),
        Just(Any::Nothing),
    ]
}

/// Names that collide with the layer's, with each other, and with the names given instead.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "message",
            "msg",
            "time",
            "level",
            "target",
            "trace_id",
            "span_id",
            "trace_flags",
            "a",
            "field.a",
            "field.a.2",
            "field.msg",
            "field.trace_id",
            "model",
            "field.model",
            "request_id",
            "",
        ])
        .prop_map(str::to_owned),
    ]
}

fn emit(metadata: &'static Metadata<'static>, values: &[Any]) {
    let recorded = |value: &Any| -> Option<Box<dyn Recorded + '_>> {
        Some(match value {
            Any::Text(text) => Box::new(text.clone()),
            Any::Shown(text) => Box::new(tracing::field::display(text.clone())),
            Any::Number(number) => Box::new(*number),
            Any::Float(float) => Box::new(*float),
            Any::Wide(wide) => Box::new(*wide),
            Any::Bytes(bytes) => Box::new(bytes.clone().into_boxed_slice()),
            Any::Nothing => return None,
        })
    };
    let values: Vec<_> = values.iter().map(recorded).collect();
    let values: Vec<_> = values.iter().map(|value| value.as_deref()).collect();
    Event::dispatch(metadata, &metadata.fields().value_set_all(&values));
}

/// How often each value stands in the line, the layer's own left out.
fn count<'a>(values: impl Iterator<Item = &'a Value>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value.to_string()).or_insert(0) += 1;
    }
    counts
}

fn own(line: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let layers = ["time", "level", "target", "trace_id", "span_id", "trace_flags"];
    line.iter().filter(move |(key, _)| !layers.contains(&key.as_str())).map(|(_, value)| value)
}

/// Keys of an object as they stand in the text, to see those that stand twice.
fn keys_in(text: &str) -> usize {
    let (mut keys, mut in_string, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b':' if !in_string => keys += 1,
            _ => {}
        }
    }
    keys
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_event_is_one_valid_line_that_loses_nothing(
        target in any::<String>(),
        fields in prop::collection::vec((any_name(), any_value()), 0..8),
        in_a_span in any::<bool>(),
    ) {
        let (names, values): (Vec<String>, Vec<Any>) = fields.into_iter().unzip();
        let metadata = callsite(&target, &names);
        let (logs, lines) = logs();
        let logs = logs.with_llm_fields(true).with_span_field("request_id");
        under(tracing_subscriber::registry().with(logs), || {
            let span = tracing::info_span!("span");
            let _entered = in_a_span.then(|| span.enter());
            emit(metadata, &values);
        });
        let line = lines.only();
        let line = line.as_object().expect("object");
        prop_assert_eq!(keys_in(&lines.pieces()[0]), line.len(), "a key stands twice");
        prop_assert_eq!(&line["target"], &json!(target));
        prop_assert_eq!(line.contains_key("trace_id"), in_a_span);
        let expected: Vec<Value> = values.iter().filter_map(Any::expected).collect();
        prop_assert_eq!(count(own(line)), count(expected.iter()));
    }
}
