use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use opentelemetry::{KeyValue, trace::SpanId};

use super::*;
use crate::{
    ids::SpanIds,
    metrics::{Labels, Number},
    pipeline::event::{FieldValue, example_span},
};

fn at() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_772_546_602_300)
}

fn shown(event: &Event) -> String {
    let mut out = String::new();
    write(event, Paint(false), &mut out);
    out
}

fn coloured(event: &Event) -> String {
    let mut out = String::new();
    write(event, Paint(true), &mut out);
    out
}

fn end(change: impl FnOnce(&mut SpanData)) -> Event {
    let mut span = example_span();
    change(&mut span);
    Event::SpanEnd(Arc::new(span))
}

fn start(parent_span_id: Option<SpanId>, kind: SpanKind) -> Event {
    let span = example_span();
    let (trace_id, span_id) = (span.span_context.trace_id(), span.span_context.span_id());
    Event::SpanStart(Arc::new(SpanStart { name: span.name, trace_id, span_id, parent_span_id, kind, at: span.start_time }))
}

fn line(severity: Severity, message: &str, fields: &[(&'static str, FieldValue)]) -> Event {
    let span = example_span().span_context;
    let ids = SpanIds::new(u128::from_be_bytes(span.trace_id().to_bytes()), u64::from_be_bytes(span.span_id().to_bytes()), 1);
    let fields = fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
    let line = LogEvent { at: at(), severity, target: "t".into(), message: message.into(), fields, ids, file: None, line: None };
    Event::Log(Arc::new(line))
}

fn metric(value: Number, unit: &'static str, attributes: Labels) -> Event {
    let event = MetricEvent {
        trace_id: None,
        span_id: None,
        metric: "total_tokens".into(),
        value,
        unit: unit.into(),
        timestamp: at(),
        attributes,
    };
    Event::Metric(Arc::new(event))
}

#[test]
fn a_span_is_told_at_its_start_and_at_its_end() {
    assert_eq!(
        shown(&start(None, SpanKind::Client)),
        "14:03:22.117 1c80319c:02b7 [START] chat gpt-4o  kind=client trace_id=0af7651916cd43dd8448eb211c80319c\n"
    );
    assert_eq!(
        shown(&start(Some(SpanId::from(0x1f2e)), SpanKind::Internal)),
        "14:03:22.117 1c80319c:02b7 [START] chat gpt-4o  parent=1f2e\n"
    );
    assert_eq!(
        shown(&end(|_| {})),
        "14:03:22.650 1c80319c:02b7 [END] chat gpt-4o [OK] (533.10ms)\n    llm.model = gpt-4o\n    llm.tokens.total = 192\n"
    );
}

#[test]
fn attributes_are_sorted_each_once_and_those_about_the_source_left_out() {
    let event = end(|span| {
        span.status = Status::Unset;
        span.dropped_attributes_count = 2;
        let texts =
            [("z", "1"), ("code.file.path", "src/chat.rs"), ("a", "2"), ("z", "3"), ("thread.name", "main"), ("busy_ns", "1")];
        span.attributes = texts.map(|(key, value)| KeyValue::new(key, value)).to_vec();
    });
    assert_eq!(
        shown(&event),
        "14:03:22.650 1c80319c:02b7 [END] chat gpt-4o [OK] (533.10ms)\n    a = 2\n    z = 3\n    (2 more attributes had no room)\n"
    );
}

#[test]
fn a_cancelled_call_is_told_as_such() {
    let event = end(|span| {
        span.status = Status::Unset;
        span.attributes = vec![KeyValue::new("llm.outcome", "cancelled")];
    });
    assert!(shown(&event).contains(" [CANCELLED] (533.10ms)\n"), "{}", shown(&event));
}

#[test]
fn an_error_stands_out() {
    let event = end(|span| {
        span.attributes.clear();
        span.status = Status::Error { description: "rate limited\nretry".into() };
        span.end_time = span.start_time - Duration::from_secs(1);
    });
    assert_eq!(shown(&event), "14:03:21.117 1c80319c:02b7 [END] chat gpt-4o [ERROR] (0.00ms) rate limited\\nretry\n");
    assert!(coloured(&event).contains("\u{1b}[1;31m[ERROR]\u{1b}[0m (0.00ms) \u{1b}[1;31mrate limited\\nretry\u{1b}[0m\n"));
}

#[test]
fn log_lines_of_all_severities_are_told() {
    let fields = [("attempt", FieldValue::Int(1)), ("model", FieldValue::Text("a b".into())), ("ok", FieldValue::Bool(true))];
    assert_eq!(
        shown(&line(Severity::Info, "response generated", &fields)),
        "14:03:22.300 1c80319c:02b7 [INFO] response generated  attempt=1 model=\"a b\" ok=true\n"
    );
    let severities = [
        (Severity::Verbose, "[VERBOSE]"),
        (Severity::Debug, "[DEBUG]"),
        (Severity::Warn, "[WARN]"),
        (Severity::Error, "[ERROR]"),
        (Severity::Critical, "[CRITICAL]"),
    ];
    for (severity, name) in severities {
        assert_eq!(shown(&line(severity, "", &[])), format!("14:03:22.300 1c80319c:02b7 {name}\n"));
    }
}

#[test]
fn measurements_are_told_with_their_unit_and_labels() {
    let labels = [("model_id", "gpt-4o"), ("provider_id", "openai")].into_iter().collect();
    assert_eq!(
        shown(&metric(Number::Unsigned(192), "tokens", labels)),
        "14:03:22.300 [METRIC] total_tokens 192 tokens  model_id=gpt-4o provider_id=openai\n"
    );
    assert_eq!(shown(&metric(Number::Double(-0.5), "", Labels::default())), "14:03:22.300 [METRIC] total_tokens -0.5\n");
}

#[test]
fn nobody_forges_a_line_or_a_colour() {
    const HOSTILE: &str = "x\n14:03:22.650 1c80319c:02b7 [END] forged\u{1b}[31m\r\u{2028}\u{85}";
    let hostile = || FieldValue::Text(HOSTILE.into());
    let events = [
        line(Severity::Info, HOSTILE, &[("value", hostile()), (HOSTILE, hostile())]),
        end(|span| {
            span.name = HOSTILE.into();
            span.attributes = vec![KeyValue::new(HOSTILE, HOSTILE)];
            span.status = Status::Error { description: HOSTILE.into() };
        }),
        metric(Number::Unsigned(1), HOSTILE, [(HOSTILE, HOSTILE)].into_iter().collect()),
    ];
    for event in &events {
        let shown = shown(event);
        let lines = if matches!(event, Event::SpanEnd(_)) { 2 } else { 1 };
        assert_eq!(shown.lines().count(), lines, "{shown}");
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
        // All escapes are ours, and each is ended.
        let coloured = coloured(event);
        assert!(!coloured.contains("\u{1b}[31m"), "{coloured}");
        assert_eq!(coloured.matches("\u{1b}[").count(), 2 * coloured.matches("\u{1b}[0m").count(), "{coloured}");
    }
}
