//! What was told before the program ends is written, however it ends.

use rusqlite::Connection;

use crate::process::{Ended, Setup};

/// All sinks of this process.
pub(crate) const SINKS: &str = "
llm_span:
  service_name: program
  sinks: {json_spans: true, sqlite: telemetry.db}
  logs: {format: json, output: stderr}
  shutdown_timeout: 20s
";
pub(crate) const SPANS: u32 = 300;

/// All of it is there, in each sink.
pub(crate) fn is_complete(setup: &Setup, ended: &Ended) {
    let all = usize::try_from(SPANS).unwrap();
    assert_eq!((ended.spans("work"), ended.spans("llm.completion"), ended.count("at work")), (all, 1, all), "{ended:?}");
    let file = Connection::open(setup.path("telemetry.db")).unwrap();
    let count = |query: &str| file.query_row(query, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM spans WHERE name = 'work'"), SPANS);
    assert_eq!(count("SELECT value FROM metrics WHERE metric = 'total_tokens'"), 192);
    assert_eq!(ended.told("ERROR"), [""; 0]);
    assert_eq!(ended.told("WARN"), [""; 0]);
}

fn ends(runtime: &str, end: &str, code: i32) {
    let setup = Setup::new(SINKS);
    let ended = setup.run(runtime, end, SPANS);
    assert_eq!(ended.status.code(), Some(code), "{ended:?}");
    is_complete(&setup, &ended);
}

#[test]
fn all_is_written_when_the_guard_is_dropped_at_the_end_of_main() {
    for runtime in ["none", "current_thread", "multi_thread"] {
        ends(runtime, "return", 0);
    }
}

#[test]
fn all_is_written_after_a_panic_of_the_program() {
    for runtime in ["none", "current_thread", "multi_thread"] {
        ends(runtime, "panic", 101);
    }
}

#[test]
fn all_is_written_after_a_panic_elsewhere() {
    for runtime in ["none", "current_thread", "multi_thread"] {
        let setup = Setup::new(SINKS);
        let ended = setup.run(runtime, "panic_in_task", SPANS);
        assert_eq!((ended.status.code(), ended.spans("failing")), (Some(0), 1), "{ended:?}");
        is_complete(&setup, &ended);
    }
}

#[test]
#[cfg(unix)]
fn all_is_written_by_a_program_that_exits_before_its_end() {
    for runtime in ["none", "current_thread", "multi_thread"] {
        ends(runtime, "exit", 3);
    }
}

#[test]
#[cfg(unix)]
fn all_is_written_where_nothing_drops_the_guard() {
    for (runtime, end) in [("none", "static"), ("none", "forget"), ("current_thread", "static"), ("multi_thread", "forget")] {
        ends(runtime, end, 0);
    }
}

#[test]
#[cfg(any(target_os = "linux", windows))]
fn the_end_of_a_thread_that_is_called_main_is_not_the_programs() {
    let setup = Setup::new(SINKS);
    let ended = setup.run("none", "after_another_main", SPANS);
    assert_eq!((ended.status.code(), ended.spans("later"), ended.count("goes on")), (Some(0), 1, 1), "{ended:?}");
    is_complete(&setup, &ended);
}

#[test]
fn one_line_says_what_is_set_up() {
    let config = "{llm_span: {service_name: s, sampler: always, logs: {output: stderr}, sinks: {
        json_spans: true, sqlite: a.db, prometheus: {listen: '127.0.0.1:0'}, otlp: {endpoint: 'http://127.0.0.1:1', headers: {authorization: secret}}}, shutdown_timeout: 1s}}";
    let ended = Setup::new(config).run("none", "return", 0);
    let told = ended.told("INFO");
    let started: Vec<_> = told.iter().filter(|line| line.contains("telemetry started")).collect();
    let [line] = &started[..] else { panic!("{told:?}") };
    for part in ["service s", "JSON spans", "sqlite a.db", "127.0.0.1:1", "/metrics", "sampler: always"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!format!("{ended:?}").contains("secret"), "{ended:?}");
}
