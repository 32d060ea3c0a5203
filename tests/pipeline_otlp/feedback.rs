//! Sending telemetry makes no telemetry.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use llm_span::{
    Telemetry,
    pipeline::{LogFormat, OtlpEndpoint},
};
use tonic::Code;

use crate::{
    collector::{Behaviour, Collector, Signal},
    support::{WIRES, Wire, chat},
};

const URL: &str = "LLM_SPAN_TEST_COLLECTOR";
const WIRE: &str = "LLM_SPAN_TEST_WIRE";

/// A whole program, since it is the process's subscriber that a loop would go through: all spans and all lines of all levels of all threads.
#[test]
#[ignore = "a program that the tests below start"]
fn program() {
    let Ok(url) = std::env::var(URL) else { return };
    let endpoint = match std::env::var(WIRE).as_deref() {
        Ok("Grpc") => OtlpEndpoint::grpc(url),
        _ => OtlpEndpoint::http(url),
    };
    let telemetry = Telemetry::new().environment([]).otlp(endpoint).set(|settings| {
        settings.logs.format = Some(LogFormat::Off);
        settings.logs.filter = "trace".into();
        settings.span_filter = "trace".into();
        settings.queue.delay = Duration::from_millis(20);
        settings.export_interval = Duration::from_millis(50);
    });
    let guard = telemetry.install().expect("good settings");
    chat("gpt-4o", 1, 2);
    // Until the test closes it.
    let _ = std::io::stdin().read(&mut [0]);
    drop(guard);
}

fn start(collector: &Collector, wire: Wire) -> Child {
    let mut program = Command::new(std::env::current_exe().expect("this program"));
    program.args(["--exact", "feedback::program", "--ignored"]);
    program.env(URL, collector.url()).env(WIRE, format!("{wire:?}"));
    program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a program")
}

#[test]
fn an_idle_program_sends_no_spans_and_no_log_lines() {
    for wire in WIRES {
        let collector = Collector::start();
        let mut program = start(&collector, wire);
        let all = |signal| collector.wait(|received| !received.attempts_of(signal).is_empty());
        assert!(all(Signal::Traces) && all(Signal::Logs) && all(Signal::Metrics), "{wire:?}");
        // Twenty further exports of metrics, each of which opens spans and logs lines inside of the clients.
        let exports = collector.received().attempts_of(Signal::Metrics).len() + 20;
        assert!(collector.wait(|received| received.attempts_of(Signal::Metrics).len() >= exports), "{wire:?}");
        let received = collector.received();
        assert_eq!(received.spans().len(), 1, "{wire:?}");
        let lines: Vec<String> = received.logs().into_iter().map(|(scope, line)| format!("{scope} {:?}", line.body)).collect();
        assert_eq!(lines.len(), 1, "{wire:?}: {lines:?}");
        drop(program.stdin.take());
        assert!(program.wait().expect("it ends").success(), "{wire:?}");
    }
}

#[test]
fn a_collector_that_refuses_everything_is_not_told_about_it() {
    for wire in WIRES {
        let collector = Collector::start();
        collector.behave(Behaviour::status(400, Code::InvalidArgument, "no"));
        let mut program = start(&collector, wire);
        let metrics = |count| collector.wait(|received| received.attempts_of(Signal::Metrics).len() >= count);
        assert!(metrics(20), "{wire:?}");
        let received = collector.received();
        assert_eq!(received.attempts_of(Signal::Traces).len(), 1, "{wire:?}");
        assert_eq!(received.attempts_of(Signal::Logs).len(), 1, "{wire:?}: the failures are not log lines for it");
        drop(program.stdin.take());
        assert!(program.wait().expect("it ends").success(), "{wire:?}");
    }
}
