//! Messages that are too large for a Collector are sent in parts.

use tonic::Code;

use crate::{
    collector::{Behaviour, Collector},
    support::{Program, WIRES, Wire, numbers, telemetry, traces},
};

/// A span with a number, and a text of so many bytes.
fn span(number: i64, bytes: usize) {
    let text = "x".repeat(bytes);
    drop(tracing::info_span!("work", number, text).entered());
}

#[test]
fn a_batch_of_more_than_collectors_take_arrives_in_parts() {
    for wire in WIRES {
        // As Collectors are set up; by gRPC this one takes 4 MiB in any case.
        let collector = Collector::start();
        collector.behave(Behaviour::AtMost { bytes: 4 << 20, grpc: Code::ResourceExhausted });
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.run(|| (0..60).for_each(|number| span(number, 200_000)));
        assert!(program.flush(), "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}: {:?}", program.told());
        let received = collector.received();
        assert_eq!(numbers(&received), (0..60).collect(), "{wire:?}");
        assert_eq!(received.attempts.len(), received.requests.len(), "{wire:?}: none was refused");
        assert_eq!(program.told(), Vec::<String>::new(), "{wire:?}");
    }
}

#[test]
fn what_is_too_large_for_a_collector_is_halved_and_what_is_too_large_alone_is_lost() {
    for wire in WIRES {
        for grpc in [Code::ResourceExhausted, Code::OutOfRange] {
            let collector = Collector::start();
            collector.behave(Behaviour::AtMost { bytes: 20_000, grpc });
            let mut program = Program::start(traces(wire.endpoint(&collector)));
            program.run(|| (0..20).for_each(|number| span(number, if number == 7 { 30_000 } else { 3_000 })));
            assert!(program.flush(), "{wire:?}");
            assert_eq!(program.losses("otlp traces"), (0, 1), "{wire:?}: {:?}", program.told());
            let arrived = numbers(&collector.received());
            assert_eq!(arrived, (0..20).filter(|number| *number != 7).collect(), "{wire:?}");
            assert_eq!(program.told_of("too large"), 1, "{wire:?}: {:?}", program.told());
            let _ = program.shutdown();
        }
    }
}

#[test]
fn log_lines_are_sent_in_parts_too() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::AtMost { bytes: 20_000, grpc: Code::ResourceExhausted });
        let logs = wire.endpoint(&collector);
        let mut program = Program::start(telemetry().set(|settings| settings.otlp.logs = Some(logs)));
        program.run(|| {
            for number in 0..20 {
                tracing::info!(number, text = "x".repeat(3_000), "line");
            }
        });
        assert!(program.flush(), "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}: {:?}", program.told());
        assert_eq!(collector.received().logs().len(), 20, "{wire:?}");
    }
}

#[test]
fn a_page_for_people_is_no_collector() {
    let collector = Collector::start();
    collector.behave(Behaviour::Page("text/html; charset=utf-8", "<!DOCTYPE html>"));
    let mut program = Program::start(traces(Wire::Http.endpoint(&collector)));
    for number in 0..3 {
        program.spans(number..number + 1);
        assert!(program.flush());
    }
    assert_eq!(program.losses("otlp traces"), (0, 3));
    assert_eq!(program.told_of("answered by: text/html; is this an OTLP endpoint?"), 1, "{:?}", program.told());
    assert_eq!(program.told().len(), 1, "once");
    collector.behave(Behaviour::Page("application/json", "{}"));
    program.spans(3..4);
    assert!(program.flush());
    assert_eq!(program.losses("otlp traces"), (0, 3), "an answer in JSON is one");
    let _ = program.shutdown();
}
