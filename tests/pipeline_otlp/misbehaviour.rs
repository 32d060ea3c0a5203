//! A Collector that is away or unwell for a while: what was taken in arrives.

use std::time::Duration;

use tonic::Code;

use crate::{
    collector::{Behaviour, Collector, Signal},
    support::{Program, WIRES, Wire, all_numbers, chat, numbers, telemetry, traces},
};

/// An endpoint that does not wait long for an answer.
fn impatient(wire: Wire, collector: &Collector) -> llm_span::pipeline::OtlpEndpoint {
    let mut endpoint = wire.endpoint(collector);
    endpoint.timeout = Duration::from_millis(400);
    endpoint
}

#[test]
fn what_was_taken_in_while_nobody_listened_arrives_when_somebody_does() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.close();
        let mut program = Program::start(traces(wire.endpoint(&collector)).set(|settings| settings.queue.capacity = 10_000));
        program.spans(0..3_000);
        assert!(program.waits_to_tell("can't be sent now"), "{wire:?}: nobody listens");
        collector.open();
        assert!(program.flush(), "{wire:?}");
        assert_eq!(numbers(&collector.received()), (0..3_000).collect(), "{wire:?}");
        assert_eq!(program.losses("otlp traces"), (0, 0), "{wire:?}");
        assert_eq!(program.told_of("can't be sent now"), 1, "{wire:?}: {:?}", program.told());
        assert_eq!(program.told_of("takes telemetry again"), 1, "{wire:?}: {:?}", program.told());
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn a_collector_that_restarts_between_two_batches_gets_both() {
    for wire in WIRES {
        let collector = Collector::start();
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..10);
        assert!(program.flush(), "{wire:?}");
        collector.close();
        program.spans(10..20);
        assert!(!program.guard().flush(Duration::from_millis(50)), "{wire:?}");
        collector.open();
        assert!(program.flush(), "{wire:?}");
        program.spans(20..30);
        assert!(program.shutdown().is_complete(), "{wire:?}");
        assert_eq!(numbers(&collector.received()), (0..30).collect(), "{wire:?}");
    }
}

#[test]
fn statuses_that_pass_are_tried_again() {
    let statuses =
        [(429, Code::ResourceExhausted), (502, Code::Aborted), (503, Code::Unavailable), (504, Code::DeadlineExceeded)];
    for wire in WIRES {
        for (http, grpc) in statuses {
            let collector = Collector::start();
            // gRPC's `ResourceExhausted` passes only where the server says when.
            let behaviour = Behaviour::status(http, grpc, "later").asking_for(Duration::ZERO);
            collector.behave(behaviour.times(2));
            let mut program = Program::start(traces(wire.endpoint(&collector)));
            program.spans(0..5);
            assert!(program.flush(), "{wire:?} {http} {grpc:?}: {:?}", program.told());
            assert_eq!(numbers(&collector.received()), (0..5).collect(), "{wire:?} {http} {grpc:?}");
            assert_eq!(collector.received().attempts.len(), 3, "{wire:?} {http} {grpc:?}");
            assert!(program.shutdown().is_complete(), "{wire:?} {http} {grpc:?}");
        }
    }
}

#[test]
fn a_collector_is_not_asked_before_it_wants_to_be() {
    for wire in WIRES {
        let collector = Collector::start();
        let hint = Duration::from_secs(1);
        collector.behave(Behaviour::status(429, Code::Unavailable, "too fast").asking_for(hint).times(1));
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..5);
        assert!(program.flush(), "{wire:?}");
        let attempts = collector.received().attempts_of(Signal::Traces);
        assert_eq!(attempts.len(), 2, "{wire:?}");
        let between = attempts[1] - attempts[0];
        assert!(between >= hint && between < hint * 3, "{wire:?}: {between:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn a_connection_that_dies_in_the_middle_of_a_request_is_made_anew() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::Die.times(2));
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..500);
        assert!(program.flush(), "{wire:?}: {:?}", program.told());
        assert_eq!(numbers(&collector.received()), (0..500).collect(), "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn a_collector_that_hung_gets_everything_when_it_is_well() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::Hang.times(1));
        let mut program = Program::start(traces(impatient(wire, &collector)));
        program.spans(0..5);
        assert!(program.flush(), "{wire:?}: {:?}", program.told());
        let mut numbers = all_numbers(&collector.received());
        numbers.dedup();
        assert_eq!(numbers, [0, 1, 2, 3, 4], "{wire:?}");
        assert_eq!(program.told_of("no answer within 400ms"), 1, "{wire:?}: {:?}", program.told());
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn log_lines_wait_for_the_collector_as_spans_do() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.close();
        let mut program = Program::start(telemetry().otlp(impatient(wire, &collector)));
        program.run(|| (0..50).for_each(|number| tracing::info!(number, "line")));
        collector.open();
        assert!(program.flush(), "{wire:?}");
        assert_eq!(collector.received().logs().len(), 50, "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn sums_that_could_not_be_told_are_in_the_next_export() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::status(400, Code::InvalidArgument, "no"));
        let endpoint = impatient(wire, &collector);
        let mut program = Program::start(telemetry().set(|settings| {
            settings.otlp = llm_span::pipeline::Otlp::default();
            settings.otlp.metrics = Some(endpoint);
        }));
        program.run(|| chat("gpt-4o", 100, 10));
        assert!(!program.flush(), "{wire:?}: it was refused");
        assert!(!program.flush(), "{wire:?}: it was refused");
        assert_eq!(program.told_of("metrics could not be sent"), 1, "{wire:?}: {:?}", program.told());
        collector.behave(Behaviour::Well);
        program.run(|| chat("gpt-4o", 28, 5));
        assert!(program.flush(), "{wire:?}");
        assert_eq!(program.told_of("metrics are sent again"), 1, "{wire:?}: {:?}", program.told());
        let sums: Vec<f64> = collector.received().sums("prompt_tokens").into_values().collect();
        assert_eq!(sums, [128.0], "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn an_export_of_metrics_is_tried_again_within_its_time() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::status(503, Code::Unavailable, "later").times(1));
        let endpoint = wire.endpoint(&collector);
        let mut program = Program::start(telemetry().set(|settings| {
            settings.otlp = llm_span::pipeline::Otlp::default();
            settings.otlp.metrics = Some(endpoint);
        }));
        program.run(|| chat("gpt-4o", 100, 10));
        assert!(program.flush(), "{wire:?}: {:?}", program.told());
        assert_eq!(program.told(), Vec::<String>::new(), "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}
