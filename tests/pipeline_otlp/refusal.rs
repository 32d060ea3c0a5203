//! What a Collector refuses for good is lost, counted, and told with a reason.

use tonic::Code;

use crate::{
    collector::{Behaviour, Collector},
    support::{Program, WIRES, Wire, numbers, traces},
};

#[test]
fn statuses_that_do_not_pass_lose_the_batch_at_once() {
    let statuses = [
        (400, Code::InvalidArgument),
        (401, Code::Unauthenticated),
        (403, Code::PermissionDenied),
        (404, Code::Unimplemented),
        (500, Code::Internal),
    ];
    for wire in WIRES {
        for (http, grpc) in statuses {
            let collector = Collector::start();
            collector.behave(Behaviour::status(http, grpc, "no way"));
            let mut program = Program::start(traces(wire.endpoint(&collector)));
            program.spans(0..5);
            assert!(program.flush(), "{wire:?} {http}: seen to");
            assert_eq!(program.losses("otlp traces"), (0, 5), "{wire:?} {http}");
            assert_eq!(collector.received().attempts.len(), 1, "{wire:?} {http}");
            let (path, status) = match wire {
                Wire::Grpc => ("", format!("gRPC status {grpc:?}")),
                Wire::Http => ("/v1/traces", format!("HTTP status {http}")),
            };
            let expected = format!(
                "ERROR otlp traces: telemetry could not be written, 5 items are lost: {}{path}: {status}: no way",
                collector.url()
            );
            assert_eq!(program.told(), [expected]);
            let report = program.shutdown();
            assert_eq!(report.losses.len(), 1, "{wire:?} {http}: {report:?}");
        }
    }
}

#[test]
fn what_is_refused_again_is_not_told_again() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::status(400, Code::InvalidArgument, "no way"));
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        for number in 0..5 {
            program.spans(number..number + 1);
            assert!(program.flush(), "{wire:?}");
        }
        assert_eq!(program.losses("otlp traces"), (0, 5), "{wire:?}");
        assert_eq!(program.told().len(), 1, "{wire:?}: {:?}", program.told());
        collector.behave(Behaviour::Well);
        program.spans(5..6);
        assert!(program.flush(), "{wire:?}");
        assert_eq!(program.told()[1..], ["INFO otlp traces: telemetry is written again"], "{wire:?}");
        let _ = program.shutdown();
    }
}

#[test]
fn what_is_rejected_of_a_request_is_counted_and_told() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::Partly { rejected: 2, message: "names are too long".into() });
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..5);
        assert!(program.flush(), "{wire:?}");
        assert_eq!(collector.received().requests.len(), 1, "{wire:?}: it is not sent again");
        assert_eq!(program.losses("otlp traces"), (0, 2), "{wire:?}");
        assert_eq!(program.told_of("the Collector has rejected 2 of 5 spans: names are too long"), 1, "{:?}", program.told());
        let _ = program.shutdown();
    }
}

#[test]
fn a_warning_is_told_and_nothing_is_lost() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::Partly { rejected: 0, message: "this port is going away".into() });
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..5);
        assert!(program.flush(), "{wire:?}");
        program.spans(5..10);
        assert!(program.flush(), "{wire:?}");
        assert_eq!(program.losses("otlp traces"), (0, 0), "{wire:?}");
        assert_eq!(program.told_of("this port is going away"), 1, "{wire:?}: {:?}", program.told());
        assert_eq!(numbers(&collector.received()), (0..10).collect(), "{wire:?}");
        assert!(program.shutdown().is_complete(), "{wire:?}");
    }
}

#[test]
fn redirects_are_not_followed() {
    let collector = Collector::start();
    collector.behave(Behaviour::status(307, Code::Unknown, ""));
    let mut program = Program::start(traces(Wire::Http.endpoint(&collector)));
    program.spans(0..1);
    assert!(program.flush());
    assert_eq!(collector.received().attempts.len(), 1);
    assert_eq!(program.told_of("HTTP status 307; redirects are not followed"), 1, "{:?}", program.told());
    let _ = program.shutdown();
}
