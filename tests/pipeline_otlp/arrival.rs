//! What a well-behaved Collector receives.

use std::collections::BTreeMap;

use llm_span::pipeline::Compression;

use crate::{
    collector::{Collector, Received, Signal, attributes},
    support::{Program, WIRES, Wire, chat, telemetry},
};

/// Two calls below a request, sent to the end.
pub(crate) fn two_calls(
    wire: Wire,
    collector: &Collector,
    change: impl FnOnce(&mut llm_span::pipeline::OtlpEndpoint),
) -> Received {
    let mut endpoint = wire.endpoint(collector).header("x-tenant", "acme");
    change(&mut endpoint);
    let mut program = Program::start(telemetry().resource_attribute("deployment.environment.name", "test").otlp(endpoint));
    program.run(|| {
        tracing::info_span!("GET /chat").in_scope(|| {
            chat("gpt-4o", 128, 64);
            chat("gpt-4o", 2, 1);
        });
    });
    let report = program.shutdown();
    assert!(report.is_complete(), "{wire:?}: {report:?} {:?}", program.told());
    assert_eq!(program.told(), Vec::<String>::new(), "{wire:?}");
    collector.received()
}

#[test]
fn all_three_signals_arrive_with_resource_and_headers() {
    for wire in WIRES {
        let collector = Collector::start();
        let received = two_calls(wire, &collector, |_| {});
        let mut signals: Vec<Signal> = received.requests.iter().map(|request| request.message.signal()).collect();
        signals.sort();
        signals.dedup();
        assert_eq!(signals, [Signal::Traces, Signal::Metrics, Signal::Logs], "{wire:?}");
        for request in &received.requests {
            let resource = request.message.resource();
            assert_eq!(resource["service.name"], "chat", "{wire:?}");
            assert_eq!(resource["deployment.environment.name"], "test", "{wire:?}");
            assert_eq!(resource["telemetry.sdk.language"], "rust", "{wire:?}");
            assert_eq!(request.headers["x-tenant"], "acme", "{wire:?}");
            assert!(request.headers["user-agent"].contains("llm-span/"), "{:?}", request.headers);
        }
    }
}

#[test]
fn spans_keep_their_tree_and_their_attributes() {
    for wire in WIRES {
        let collector = Collector::start();
        let spans = two_calls(wire, &collector, |_| {}).spans();
        assert_eq!(spans.len(), 3, "{wire:?}");
        let root = spans.iter().find(|span| span.name == "GET /chat").expect("the request");
        assert!(root.parent_span_id.is_empty(), "{wire:?}");
        let calls: Vec<_> = spans.iter().filter(|span| span.parent_span_id == root.span_id).collect();
        assert_eq!(calls.len(), 2, "{wire:?}");
        for call in calls {
            assert_eq!(call.trace_id, root.trace_id, "{wire:?}");
            let attributes: BTreeMap<_, _> = attributes(&call.attributes).collect();
            assert_eq!(attributes["llm.model"], "gpt-4o", "{wire:?}");
            assert!(call.end_time_unix_nano >= call.start_time_unix_nano && call.start_time_unix_nano > 0, "{wire:?}");
        }
    }
}

#[test]
fn log_lines_are_joined_to_their_spans() {
    for wire in WIRES {
        let collector = Collector::start();
        let received = two_calls(wire, &collector, |_| {});
        let (logs, spans) = (received.logs(), received.spans());
        assert_eq!(logs.len(), 2, "{wire:?}");
        for (scope, line) in logs {
            assert_eq!(scope, "chat::answers");
            assert_eq!((line.severity_number, line.severity_text.as_str()), (9, "INFO"));
            let span = spans.iter().find(|span| span.span_id == line.span_id).expect("its span has arrived");
            assert_eq!(line.trace_id, span.trace_id);
            assert_eq!(line.flags & 1, 1, "the trace is sampled");
            assert!(span.start_time_unix_nano <= line.time_unix_nano && line.time_unix_nano <= span.end_time_unix_nano);
            assert!(line.observed_time_unix_nano > 0);
            let body = line.body.clone().and_then(|body| body.value);
            assert_eq!(format!("{body:?}"), r#"Some(StringValue("answered"))"#);
            let attributes: BTreeMap<_, _> = attributes(&line.attributes).collect();
            assert_eq!((attributes["choices"].as_str(), attributes["cached"].as_str()), ("1", "false"));
            assert!(attributes["code.file.path"].ends_with("support.rs"), "{attributes:?}");
            assert!(attributes["code.line.number"].parse::<u32>().is_ok(), "{attributes:?}");
        }
    }
}

#[test]
fn counters_arrive_with_exact_values() {
    for wire in WIRES {
        let collector = Collector::start();
        let received = two_calls(wire, &collector, |_| {});
        let labels = [("gen_ai.system", "openai"), ("llm.model", "gpt-4o"), ("llm.provider", "openai")];
        let labels: BTreeMap<String, String> =
            labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        for (name, expected) in [("prompt_tokens", 130.0), ("completion_tokens", 65.0), ("total_tokens", 195.0)] {
            assert_eq!(received.sums(name), BTreeMap::from([(labels.clone(), expected)]), "{wire:?} {name}");
        }
    }
}

#[test]
fn requests_are_compressed_where_it_is_set() {
    for wire in WIRES {
        let collector = Collector::start();
        let received = two_calls(wire, &collector, |endpoint| endpoint.compression = Compression::Gzip);
        assert_eq!(received.spans().len(), 3, "{wire:?}");
        for request in &received.requests {
            let encoding = match wire {
                Wire::Grpc => "grpc-encoding",
                Wire::Http => "content-encoding",
            };
            assert_eq!(request.headers[encoding], "gzip", "{wire:?}");
        }
    }
}

#[test]
fn a_url_of_one_signal_is_taken_as_it_is() {
    let collector = Collector::start();
    let mut endpoint = Wire::Http.endpoint_at(format!("{}/v1/traces", collector.url()));
    endpoint.is_signal_url = true;
    let mut program = Program::start(crate::support::traces(endpoint));
    program.spans(0..1);
    assert!(program.shutdown().is_complete());
    assert_eq!(collector.received().requests[0].path, "/v1/traces");
}

#[test]
fn every_batch_is_a_request_and_nothing_comes_twice() {
    for wire in WIRES {
        let collector = Collector::start();
        let mut program =
            Program::start(crate::support::traces(wire.endpoint(&collector)).set(|settings| settings.queue.batch = 100));
        program.spans(0..1_000);
        assert!(program.flush());
        let received = collector.received();
        assert_eq!(crate::support::numbers(&received), (0..1_000).collect(), "{wire:?}");
        assert!(received.requests.len() >= 10, "{wire:?}");
        assert!(program.shutdown().is_complete());
    }
}
