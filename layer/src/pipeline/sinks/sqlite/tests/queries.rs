//! Queries as Llama Stack's document has them, and queries of the store.

use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;

use super::support::{Bench, data, ended, measured, metric, noon, span, with};
use crate::{
    metrics::Number,
    store::{Order, SpanQuery, TraceQuery, UsageQuery, Value},
};

#[test]
fn recent_traces_are_those_of_the_last_hour() {
    let mut bench = Bench::new();
    let ago = |trace: u128, ago: Duration| {
        let mut span = data(trace, 1, 0, 0);
        span.start_time = SystemTime::now() - ago;
        span.end_time = span.start_time;
        ended(span)
    };
    bench.write([ago(1, Duration::from_secs(60)), ago(2, Duration::from_secs(7_200))]).unwrap();
    let connection = bench.sql();
    let mut statement = connection.prepare("SELECT * FROM traces WHERE timestamp > datetime('now', '-1 hour');").unwrap();
    let ids: Vec<String> = statement.query_map([], |row| row.get("trace_id")).unwrap().map(Result::unwrap).collect();
    assert_eq!(ids, ["00000000000000000000000000000001"]);
    let plan = bench.plan("SELECT * FROM traces WHERE timestamp > datetime('now', '-1 hour')");
    assert!(plan.contains("SEARCH traces USING INDEX traces_by_timestamp (timestamp>?)"), "not every row is looked at: {plan}");
}

#[test]
fn models_and_providers_are_found_by_either_key() {
    let mut bench = Bench::new();
    let call = |id: u64, model: &'static str, provider: &'static str| {
        let mut span = data(u128::from(id), id, 0, id);
        span.attributes = vec![KeyValue::new(model, "gpt-4o"), KeyValue::new(provider, "openai")];
        ended(span)
    };
    bench
        .write([
            call(1, "gen_ai.request.model", "gen_ai.provider.name"),
            call(2, "llm.model", "llm.provider"),
            call(3, "llm.model", "gen_ai.system"),
            call(4, "user.model", "user.provider"),
        ])
        .unwrap();
    let store = bench.store();
    let traces = |query: TraceQuery| store.traces(&query).unwrap().len();
    assert_eq!((traces(TraceQuery::new().model("gpt-4o")), traces(TraceQuery::new().provider("openai"))), (3, 3));
    assert_eq!(traces(TraceQuery::new().model("gpt-4o").provider("openai").attribute("llm.model", "gpt-4o")), 2);
    assert_eq!((traces(TraceQuery::new().model("openai")), traces(TraceQuery::new().provider("gpt-4o"))), (0, 0));
    assert_eq!(store.spans(&SpanQuery::new().model("gpt-4o")).unwrap().len(), 3);
}

#[test]
fn durations_are_averaged_by_name_and_the_slow_are_found() {
    let mut bench = Bench::new();
    let took = |id: u64, name: &'static str, took: u64| {
        let mut span = data(1, id, 0, 0);
        span.name = name.into();
        span.end_time = span.start_time + Duration::from_micros(took);
        ended(span)
    };
    bench
        .write([took(1, "chat", 1_000_500), took(2, "chat", 2_000_000), took(3, "tool", 3_000), took(4, "tool", 1_000_000)])
        .unwrap();
    let connection = bench.sql();
    let sql = "SELECT name, AVG(duration_ms) as avg_duration
        FROM spans
        GROUP BY name
        ORDER BY avg_duration DESC;";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0).unwrap(), row.get(1).unwrap()))).unwrap().map(Result::unwrap);
    assert_eq!(rows.collect::<Vec<(String, f64)>>(), [("chat".to_owned(), 1_500.25), ("tool".to_owned(), 501.5)]);
    let sql = "SELECT * FROM spans
        WHERE duration_ms > 1000
        ORDER BY duration_ms DESC;";
    let mut statement = connection.prepare(sql).unwrap();
    let slow: Vec<f64> = statement.query_map([], |row| row.get("duration_ms")).unwrap().map(Result::unwrap).collect();
    assert_eq!(slow, [2_000.0, 1_000.5]);
    let slow = SpanQuery::new().longer_than(Duration::from_secs(1)).order(Order::Slowest);
    let slow: Vec<_> = bench.store().spans(&slow).unwrap().iter().map(|span| span.duration.as_micros()).collect();
    assert_eq!(slow, [2_000_000, 1_000_500]);
}

#[test]
fn hostile_keys_and_values_are_taken_as_they_are() {
    let hostile = [
        "\"",
        "'",
        ";",
        "$",
        ".",
        "\0",
        "a\0b",
        "$.a",
        "a.b",
        "[0]",
        "#-1",
        "' OR 1=1 --",
        "\\",
        "\\u0041",
        "é",
        "%",
        "_",
        "*",
        "",
        "\"]; DROP TABLE spans; --",
    ];
    for (i, key) in hostile.iter().enumerate() {
        for value in [hostile[(i + 1) % hostile.len()], key] {
            let mut bench = Bench::new();
            bench.write([with([KeyValue::new(*key, value)]), span(2, 2, 0, 0)]).unwrap();
            let store = bench.store();
            let row = &store.spans(&SpanQuery::new().has_attribute(*key)).unwrap()[..];
            assert!(row.len() == 1 && row[0].attributes[*key] == Value::from(value), "{key:?} {row:?}");
            assert_eq!(store.traces(&TraceQuery::new().attribute(*key, value)).unwrap().len(), 1, "{key:?} {value:?}");
            for other in hostile.iter().filter(|other| *other != key) {
                assert_eq!(store.spans(&SpanQuery::new().has_attribute(*other)).unwrap(), [], "{key:?} {other:?}");
                assert_eq!(store.traces(&TraceQuery::new().attribute(*key, format!("{value}x"))).unwrap(), []);
            }
            for text in hostile.iter().filter(|text| !text.is_empty()) {
                let all = TraceQuery::new().service(*text).name(*text).trace(*text);
                assert_eq!(store.traces(&all).unwrap(), []);
                assert_eq!(store.usage(&UsageQuery::new().model(*text).provider(*text).service(*text)).unwrap(), []);
                assert_eq!(store.trace(text).unwrap(), None);
            }
        }
    }
}

#[test]
fn attributes_are_compared_by_type_and_value() {
    let mut bench = Bench::new();
    let span = with([KeyValue::new("n", 5), KeyValue::new("f", 2.5), KeyValue::new("t", "5"), KeyValue::new("b", true)]);
    bench.write([span]).unwrap();
    let found = |query: SpanQuery| !bench.store().spans(&query).unwrap().is_empty();
    let is = |key: &str, value: Value| found(SpanQuery::new().attribute(key, value));
    assert!(is("n", 5.into()) && is("n", 5.0.into()) && is("f", 2.5.into()) && is("t", "5".into()) && is("b", true.into()));
    assert!(!is("n", "5".into()) && !is("t", 5.into()) && !is("b", 1.into()) && !is("b", false.into()) && !is("n", true.into()));
    assert!(found(SpanQuery::new().attribute_above("f", 2.0).attribute("n", 5)));
    assert!(!found(SpanQuery::new().attribute_above("f", 2.5)) && !found(SpanQuery::new().attribute_above("t", 1.0)));
    assert!(!found(SpanQuery::new().attribute("n", 5).has_attribute("missing")), "all of them");
}

#[test]
fn usage_is_added_up_by_day_and_model() {
    let mut bench = Bench::new();
    let day = Duration::from_secs(86_400);
    let request = |id: u64, at: SystemTime| {
        let tokens = [("prompt_tokens", 100), ("completion_tokens", 50), ("total_tokens", 150)];
        let tokens = tokens.map(|(name, value)| metric(name, Number::Unsigned(value), Some((1, id)), at));
        tokens.into_iter().chain([metric("cost", Number::Billionths(250_000_000), Some((1, id)), at)])
    };
    bench.write(request(1, noon()).chain(request(2, noon())).chain(request(3, noon() + day))).unwrap();
    bench.write([metric("queue_length", Number::Signed(9), None, noon())]).unwrap();
    let rows = bench.store().usage(&UsageQuery::new()).unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| (row.day.as_str(), row.model.as_str(), row.provider.as_str(), row.sums.clone())).collect();
    assert_eq!(rows.len(), 2);
    let sums = &rows[0].3;
    assert_eq!((rows[0].0, rows[0].1, rows[0].2, sums.requests), ("2026-11-21", "gpt-4o", "openai", 2));
    assert_eq!((sums.prompt_tokens, sums.completion_tokens, sums.total_tokens, sums.cost), (200, 100, 300, Some(0.5)));
    assert_eq!((rows[1].0, rows[1].3.requests, rows[1].3.total_tokens), ("2026-11-22", 1, 150));
    assert_eq!(bench.store().usage(&UsageQuery::new().since(noon() + day)).unwrap().len(), 1);
    assert_eq!(bench.store().usage(&UsageQuery::new().until(noon())).unwrap(), []);
    assert_eq!(bench.store().usage(&UsageQuery::new().model("gpt-4o").provider("openai").service("chat")).unwrap().len(), 2);
    assert_eq!(bench.store().usage(&UsageQuery::new().model("gpt-4")).unwrap(), []);
}

/// A program may emit measurements of the same names.
#[test]
fn what_has_another_unit_is_no_cost_and_no_tokens() {
    let mut bench = Bench::new();
    let at = Some((1, 1));
    bench
        .write([
            span(1, 1, 0, 0),
            measured("cost", "EUR", Number::Double(100.0), at, noon()),
            measured("cost", "", Number::Double(100.0), at, noon()),
            measured("cost", "tokens", Number::Unsigned(100), at, noon()),
            measured("prompt_tokens", "kilotokens", Number::Unsigned(100), at, noon()),
            measured("total_tokens", "USD", Number::Unsigned(100), at, noon()),
        ])
        .unwrap();
    assert_eq!(bench.store().usage(&UsageQuery::new()).unwrap(), []);
    assert!(bench.store().traces(&TraceQuery::new()).unwrap()[0].sums.is_empty());
    bench
        .write([metric("cost", Number::Double(0.25), at, noon()), metric("prompt_tokens", Number::Unsigned(7), at, noon())])
        .unwrap();
    let rows = bench.store().usage(&UsageQuery::new()).unwrap();
    assert_eq!((rows[0].sums.requests, rows[0].sums.prompt_tokens, rows[0].sums.cost), (1, 7, Some(0.25)));
}

#[test]
fn sums_that_are_too_great_are_no_error() {
    let mut bench = Bench::new();
    let most = [Number::Unsigned(i64::MAX.unsigned_abs()), Number::Unsigned(i64::MAX.unsigned_abs()), Number::Double(f64::NAN)];
    bench.write(most.map(|number| metric("total_tokens", number, None, noon()))).unwrap();
    let rows = bench.store().usage(&UsageQuery::new()).unwrap();
    assert_eq!((rows[0].sums.total_tokens, rows[0].sums.requests, rows[0].sums.cost), (u64::MAX - 1, 3, None));
}

#[test]
fn a_tree_has_every_span_once() {
    let mut bench = Bench::new();
    let request = metric("total_tokens", Number::Unsigned(150), Some((1, 4)), noon());
    bench.write([span(1, 1, 0, 0), span(1, 2, 1, 10), span(1, 3, 1, 5), span(1, 4, 2, 12), span(1, 6, 99, 20)]).unwrap();
    // Each other's parents, a second root, and a request whose span was not kept.
    bench.write([span(1, 7, 8, 30), span(1, 8, 7, 31), span(1, 9, 0, 1), request]).unwrap();
    bench.write([metric("total_tokens", Number::Unsigned(7), Some((1, 77)), noon())]).unwrap();
    let tree = bench.store().trace("00000000000000000000000000000001").unwrap().unwrap();
    let nodes: Vec<_> =
        tree.nodes.iter().map(|node| (node.span.name.as_str(), node.depth, node.is_last, node.is_orphan)).collect();
    assert_eq!(
        nodes,
        [
            ("span 1", 0, false, false),
            ("span 3", 1, false, false),
            ("span 2", 1, true, false),
            ("span 4", 2, true, false),
            ("span 9", 0, false, false),
            ("span 6", 0, false, true),
            ("span 7", 0, true, false),
            ("span 8", 1, true, false),
        ]
    );
    let sums: Vec<_> = tree.nodes.iter().map(|node| (node.own.total_tokens, node.sums.total_tokens)).collect();
    assert_eq!(sums, [(0, 150), (0, 0), (0, 150), (150, 150), (0, 0), (0, 0), (0, 0), (0, 0)]);
    assert_eq!((tree.trace.sums.total_tokens, tree.trace.spans), (157, 8));
    assert_eq!(bench.store().trace("00000000000000000000000000000002").unwrap(), None);
}

#[test]
fn a_chain_longer_than_a_stack_is_no_trouble() {
    let mut bench = Bench::new();
    bench.write((1..=30_000).map(|id| span(1, id, id - 1, id))).unwrap();
    let tree = bench.store().trace("00000000000000000000000000000001").unwrap().unwrap();
    assert_eq!(tree.nodes.last().unwrap().depth, 29_999);
}

#[test]
fn traces_are_found_by_prefix_name_and_time() {
    let mut bench = Bench::new();
    bench.write((1..=5).map(|trace| span(trace << 124, 1, 0, u64::try_from(trace).unwrap()))).unwrap();
    let store = bench.store();
    let ids = |query: TraceQuery| -> Vec<String> {
        store.traces(&query).unwrap().into_iter().map(|trace| trace.trace_id[..1].to_owned()).collect()
    };
    assert_eq!(ids(TraceQuery::new()), ["5", "4", "3", "2", "1"]);
    assert_eq!(ids(TraceQuery::new().order(Order::Oldest).limit(2)), ["1", "2"]);
    assert_eq!(ids(TraceQuery::new().trace("30")), ["3"]);
    let at = |milliseconds| noon() + Duration::from_millis(milliseconds);
    assert_eq!(ids(TraceQuery::new().since(at(2)).until(at(4))), ["3", "2"]);
    assert_eq!(ids(TraceQuery::new().name("span 2")), Vec::<String>::new());
    assert_eq!(ids(TraceQuery::new().name("span 1").limit(1)), ["5"]);
}
