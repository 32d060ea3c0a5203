//! More than can be sent: memory stays bounded, and every span is counted.

use std::time::Duration;

use crate::{
    collector::{Behaviour, Collector},
    support::{Program, WIRES, all_numbers, traces},
};

/// To each of two.
const EMITTED: i64 = 100_000;

#[test]
fn a_flood_against_a_collector_that_hangs_is_dropped_and_counted() {
    std::thread::scope(|scope| {
        for wire in WIRES {
            scope.spawn(move || {
                let collector = Collector::start();
                collector.behave(Behaviour::Hang);
                let mut endpoint = wire.endpoint(&collector);
                endpoint.timeout = Duration::from_millis(500);
                let mut program =
                    Program::start(traces(endpoint).set(|settings| settings.shutdown_timeout = Duration::from_secs(1)));
                // It comes to an end: nobody waits for the Collector.
                program.spans(0..EMITTED);
                let (dropped, failed) = program.losses("otlp traces");
                let settings = program.guard().settings().queue;
                // What is kept: a full queue, and the batch that is being sent.
                let kept = EMITTED.unsigned_abs() - dropped - failed;
                assert_eq!(kept, (settings.capacity + settings.batch) as u64, "{wire:?}");
                let report = program.shutdown();
                let losses = &report.losses[0].1;
                assert_eq!(losses.total(), EMITTED.unsigned_abs(), "{wire:?}: {report:?}");
                assert_eq!(losses.dropped, dropped, "{wire:?}");
                assert_eq!(collector.received().spans().len(), 0, "{wire:?}");
                for text in ["can't be sent now", "what has no room", "could not be written, "] {
                    assert_eq!(program.told_of(text), 1, "{wire:?}: {text} {:?}", program.told());
                }
            });
        }
    });
}

#[test]
fn what_was_taken_of_a_flood_arrives_and_the_rest_is_counted() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.close();
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..8_000);
        collector.open();
        assert!(program.flush(), "{wire:?}");
        let (dropped, failed) = program.losses("otlp traces");
        assert_eq!(failed, 0, "{wire:?}");
        let numbers = all_numbers(&collector.received());
        assert_eq!(numbers.len() as u64 + dropped, 8_000, "{wire:?}");
        assert!(dropped > 0, "{wire:?}: the queue has been full");
        assert_eq!(program.told_of("no room"), 1, "{wire:?}: {:?}", program.told());
        let _ = program.shutdown();
        assert_eq!(program.told_of("ERROR"), 0, "{wire:?}: {:?}", program.told());
    }
}
