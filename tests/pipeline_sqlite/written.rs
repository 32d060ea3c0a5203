//! Written by a pipeline, read back.

use std::time::{Duration, SystemTime};

use llm_span::store::{Order, SpanQuery, SpanStatus, TraceQuery, Value};
use tracing::{error, info, info_span};

use crate::support::{Bench, call};

#[test]
fn a_call_is_read_back_as_it_was_made() {
    let bench = Bench::with(|settings| drop(settings.resource_attributes.insert("region".into(), "eu".into())));
    let before = SystemTime::now();
    bench.run(|| info_span!("request", user = 7).in_scope(|| call("gpt-4o", 128, 64).unwrap()));
    let store = bench.store();
    let traces = store.traces(&TraceQuery::new()).unwrap();
    let [trace] = &traces[..] else { panic!("one trace, not {traces:?}") };
    assert_eq!((trace.name.as_str(), trace.service.as_str(), trace.spans, trace.errors), ("request", "chat", 2, 0));
    assert!(trace.start >= before - Duration::from_millis(1) && trace.start <= SystemTime::now());
    assert_eq!((trace.sums.requests, trace.sums.prompt_tokens, trace.sums.total_tokens), (1, 128, 192));

    let tree = store.trace(&trace.trace_id).unwrap().unwrap();
    let [request, completion] = &tree.nodes[..] else { panic!("two spans, not {:?}", tree.nodes) };
    assert_eq!((request.depth, completion.depth, completion.span.name.as_str()), (0, 1, "llm.completion"));
    assert_eq!(completion.span.parent_span_id.as_ref(), Some(&request.span.span_id));
    assert_eq!((request.own.total_tokens, request.sums.total_tokens, completion.own.total_tokens), (0, 192, 192));
    let span = &completion.span;
    assert_eq!((span.kind.as_str(), &span.resource["region"]), ("client", &Value::from("eu")));
    let attributes = [
        ("llm.model", Value::from("gpt-4o")),
        ("llm.provider", "openai".into()),
        ("gen_ai.operation.name", "chat".into()),
        ("llm.tokens.prompt", 128.into()),
        ("llm.tokens.completion", 64.into()),
        ("llm.tokens.total", 192.into()),
        ("llm.outcome", "ok".into()),
    ];
    for (key, value) in attributes {
        assert_eq!(span.attributes.get(key), Some(&value), "{key}");
    }
    let by_key = r#"SELECT count(*) FROM spans WHERE attributes ->> '$."llm.tokens.total"' = 192 AND attributes ->> 'llm.model' = 'gpt-4o'"#;
    assert_eq!(bench.number(by_key), 1);
    assert_eq!(store.traces(&TraceQuery::new().attribute("llm.tokens.total", 192)).unwrap().len(), 1);
    assert_eq!(store.traces(&TraceQuery::new().attribute_above("llm.tokens.total", 192.0)).unwrap(), []);
    assert_eq!(bench.lost(), 0);
}

#[test]
fn a_failed_span_and_its_event_are_found() {
    let bench = Bench::new();
    bench.run(|| info_span!("fails").in_scope(|| error!(code = 17, "it broke")));
    bench.run(|| info_span!("works").in_scope(|| info!("all is well")));
    let store = bench.store();
    let failed = store.spans(&SpanQuery::new().status(SpanStatus::Error)).unwrap();
    assert_eq!(failed.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["fails"]);
    let events = store.span_events(&failed[0].trace_id, &failed[0].span_id).unwrap();
    assert_eq!((events.len(), &events[0].attributes["code"]), (1, &Value::from(17)));
}

#[test]
fn log_lines_are_kept_with_the_ids_of_their_span() {
    let bench = Bench::new();
    bench.run(|| info_span!("request").in_scope(|| info!(retries = 3, "tried again")));
    let sql = "SELECT count(*) FROM logs JOIN spans USING (trace_id, span_id)
        WHERE message = 'tried again' AND severity = 'info' AND logs.attributes ->> 'retries' = 3";
    assert_eq!(bench.number(sql), 1);
}

#[test]
fn the_slowest_come_first() {
    let bench = Bench::new();
    bench.run(|| {
        info_span!("quick").in_scope(|| ());
        info_span!("slow").in_scope(|| {
            let started = std::time::Instant::now();
            while started.elapsed() < Duration::from_millis(20) {}
        });
    });
    let query = SpanQuery::new().order(Order::Slowest).longer_than(Duration::from_millis(19));
    let names: Vec<_> = bench.store().spans(&query).unwrap().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["slow"]);
}

/// The reader takes part in nothing: the writer goes on meanwhile.
#[test]
fn it_is_read_while_it_is_written() {
    let bench = Bench::new();
    bench.run(|| info_span!("first").in_scope(|| ()));
    let store = bench.store();
    for number in 1..=20_usize {
        bench.run(|| info_span!("another").in_scope(|| ()));
        assert_eq!(store.traces(&TraceQuery::new()).unwrap().len(), number + 1);
    }
    let ended = bench.guard.shutdown();
    assert!(ended.is_complete(), "{ended:?}");
    assert_eq!(store.traces(&TraceQuery::new()).unwrap().len(), 21, "after the writer's end as well");
    drop(store);
    let store = llm_span::store::Store::open(&bench.path).unwrap();
    assert_eq!(store.traces(&TraceQuery::new()).unwrap().len(), 21);
}
