//! The end of a program comes in time, whatever the Collector does.

use std::time::{Duration, Instant};

use tonic::Code;

use crate::{
    collector::{Behaviour, Collector},
    support::{Program, WIRES, Wire, chat, numbers, telemetry, traces},
};

const TIMEOUT: Duration = Duration::from_secs(1);

/// For threads to be woken on a busy machine. Whoever hangs does so for longer.
const BUSY: Duration = Duration::from_secs(3);

const AT_ONCE: Duration = Duration::from_millis(5);

/// The shutdown of a program with all three signals, and how long it took.
fn end(program: &mut Program) -> (llm_span::pipeline::ShutdownReport, Duration) {
    let since = Instant::now();
    let report = program.shutdown();
    (report, since.elapsed())
}

#[test]
fn a_collector_that_misbehaves_does_not_hold_up_the_end() {
    let behaviours = [None, Some(Behaviour::Hang), Some(Behaviour::Die), Some(Behaviour::status(503, Code::Unavailable, "no"))];
    std::thread::scope(|scope| {
        for wire in WIRES {
            for behaviour in &behaviours {
                scope.spawn(move || ends_in_time(wire, behaviour.as_ref()));
            }
        }
    });
}

/// `None`: nobody listens.
fn ends_in_time(wire: Wire, behaviour: Option<&Behaviour>) {
    let collector = Collector::start();
    match behaviour {
        None => collector.close(),
        Some(behaviour) => collector.behave(behaviour.clone()),
    }
    let mut endpoint = wire.endpoint(&collector);
    endpoint.timeout = Duration::from_secs(3_600);
    let mut program = Program::start(telemetry().otlp(endpoint).set(|settings| settings.shutdown_timeout = TIMEOUT));
    program.run(|| chat("gpt-4o", 1, 2));
    let (report, took) = end(&mut program);
    assert!(took < TIMEOUT + BUSY, "{wire:?} {behaviour:?}: {took:?}");
    assert!(!report.is_complete(), "{wire:?} {behaviour:?}");
    let failed: u64 = report.losses.iter().map(|(_, losses)| losses.failed).sum();
    assert_eq!(failed, 2, "{wire:?} {behaviour:?}: a span and a line, {report:?}");
}

#[test]
fn an_attempt_under_way_is_cut_at_the_end() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::Hang);
        let mut endpoint = wire.endpoint(&collector);
        endpoint.timeout = Duration::from_secs(3_600);
        let mut program = Program::start(traces(endpoint).set(|settings| {
            settings.queue.delay = AT_ONCE;
            settings.shutdown_timeout = TIMEOUT;
        }));
        program.spans(0..3);
        assert!(collector.wait(|received| !received.attempts.is_empty()), "{wire:?}");
        let (report, took) = end(&mut program);
        assert!(took < TIMEOUT + BUSY, "{wire:?}: {took:?}");
        assert_eq!(report.losses.len(), 1, "{wire:?}: {report:?}");
        assert_eq!(report.losses[0].1.failed, 3, "{wire:?}");
    }
}

#[test]
fn a_wait_between_attempts_is_cut_for_a_last_one() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::status(503, Code::Unavailable, "in a minute").asking_for(Duration::from_secs(60)).times(1));
        let mut program = Program::start(traces(wire.endpoint(&collector)).set(|settings| settings.queue.delay = AT_ONCE));
        program.spans(0..3);
        assert!(program.waits_to_tell("in a minute"), "{wire:?}");
        let (report, took) = end(&mut program);
        assert!(report.is_complete(), "{wire:?}: {report:?}");
        assert!(took < Duration::from_secs(30), "{wire:?}: {took:?}");
        assert_eq!(numbers(&collector.received()), (0..3).collect(), "{wire:?}");
    }
}

#[test]
fn a_collector_that_comes_back_during_the_end_gets_the_rest() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.close();
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..3);
        std::thread::scope(|scope| {
            let ending = scope.spawn(|| program.shutdown());
            collector.open();
            assert!(ending.join().expect("no panic").is_complete(), "{wire:?}");
        });
        assert_eq!(numbers(&collector.received()), (0..3).collect(), "{wire:?}");
    }
}
