//! Signals that end the program.

use std::{os::unix::process::ExitStatusExt as _, time::Duration};

use crate::{
    endings::{SINKS, SPANS, is_complete},
    process::{PROGRAM, Running, Setup},
};

const SIGNALS: [(&str, i32); 2] = [("TERM", 15), ("INT", 2)];

fn ready(setup: &Setup, runtime: &str, end: &str) -> Running {
    let mut running = setup.start(runtime, end, SPANS);
    running.wait_for("ready");
    running
}

#[test]
fn all_is_written_and_the_signal_still_ends_the_program() {
    for runtime in ["none", "current_thread", "multi_thread"] {
        for (name, number) in SIGNALS {
            let setup = Setup::new(SINKS);
            let running = ready(&setup, runtime, "wait");
            running.signal(name);
            let ended = running.end();
            assert_eq!((ended.status.code(), ended.status.signal()), (None, Some(number)), "{runtime}: {ended:?}");
            is_complete(&setup, &ended);
        }
    }
}

#[test]
fn a_program_that_stops_gracefully_writes_all_and_returns() {
    for runtime in ["current_thread", "multi_thread"] {
        for (name, _) in SIGNALS {
            let setup = Setup::new(SINKS);
            let running = ready(&setup, runtime, "graceful");
            running.signal(name);
            let ended = running.end();
            assert_eq!((ended.status.code(), ended.spans("last request")), (Some(0), 1), "{runtime}: {ended:?}");
            is_complete(&setup, &ended);
        }
    }
}

#[test]
fn a_signal_ends_a_program_whose_guard_has_gone() {
    let setup = Setup::new(SINKS);
    let running = ready(&setup, "none", "wait_without_guard");
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.status.signal(), Some(15), "{ended:?}");
    is_complete(&setup, &ended);
}

#[test]
#[cfg(target_os = "linux")]
fn a_second_signal_ends_the_program_at_once() {
    let config = "{llm_span: {sinks: [json_spans], logs: {format: off}, queue: {capacity: 5000}, shutdown_timeout: 60s}}";
    let setup = Setup::new(config);
    // More than a pipe holds that nobody reads.
    let mut running = setup.start_unread("none", "wait", 2_000);
    running.wait_for("ready");
    running.signal("TERM");
    while !running.threads().iter().any(|name| name == "llm-span ending") {
        std::thread::yield_now();
    }
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.status.signal(), Some(15), "{ended:?}");
    assert!(ended.took < Duration::from_secs(20), "{:?}", ended.took);
}

/// As a shell starts a program in the background, or `nohup` does.
#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    for (ignored, number, other) in [("INT", 2, ("TERM", 15)), ("TERM", 15, ("INT", 2))] {
        let setup = Setup::new(SINKS);
        let script = format!("trap '' {ignored}; exec '{PROGRAM}' config.yaml none wait {SPANS}");
        let mut running = Running::start(setup.command(std::path::Path::new("/bin/sh")).args(["-c", &script]), true);
        running.wait_for("ready");
        assert_eq!(running.ignored() >> (number - 1) & 1, 1, "{ignored} is ignored no more");
        running.signal(ignored);
        running.signal(other.0);
        let ended = running.end();
        assert_eq!(ended.status.signal(), Some(other.1), "{ended:?}");
        is_complete(&setup, &ended);
    }
}
