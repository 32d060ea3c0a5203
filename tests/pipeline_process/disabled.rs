//! Telemetry that is switched off.

use crate::process::{Ended, Setup};

const ALL: &str =
    "sinks: {json_spans: true, console: true, sqlite: a.db, otlp: 'http://127.0.0.1:1', prometheus: {listen: '127.0.0.1:0'}}";

fn tell(enabled: bool) -> (Setup, Ended) {
    let setup = Setup::new(&format!(
        "{{llm_span: {{enabled: {enabled}, {ALL}, logs: {{format: json, output: stderr}}, shutdown_timeout: 1s}}}}"
    ));
    let ended = setup.run("none", "tell", 10);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(ended.count("at work"), 10, "log lines are written in any case: {ended:?}");
    (setup, ended)
}

/// The threads of telemetry, but for the one that writes log lines.
fn threads(ended: &Ended) -> Vec<&str> {
    let ours = ended.stdout.lines().filter_map(|line| line.strip_prefix("thread "));
    let ours = ours.filter(|name| !name.starts_with("pipeline_progr") && *name != "llm-span logs");
    ours.collect()
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_disabled_has_no_threads_no_spans_and_no_files() {
    let (setup, disabled) = tell(false);
    assert_eq!(threads(&disabled), [""; 0]);
    assert!(disabled.stdout.contains("spans false") && disabled.stdout.contains("lines true"), "{disabled:?}");
    assert_eq!((disabled.spans("work"), setup.path("a.db").exists()), (0, false));

    // The same, switched on: what was not there can be seen.
    let (setup, enabled) = tell(true);
    assert!(threads(&enabled).len() >= 4, "{enabled:?}");
    assert!(enabled.stdout.contains("spans true"), "{enabled:?}");
    assert!(enabled.spans("work") == 10 && setup.path("a.db").exists(), "{enabled:?}");
}

#[test]
fn the_environment_switches_it_off() {
    let setup = Setup::new("{llm_span: {sinks: [json_spans], logs: {output: stderr}}}").variable("OTEL_SDK_DISABLED", "true");
    let ended = setup.run("none", "return", 10);
    assert_eq!((ended.status.code(), ended.spans("work"), ended.count("at work")), (Some(0), 0, 10), "{ended:?}");
}
