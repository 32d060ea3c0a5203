//! Log lines of all severities, by each way.

use serde_json::Value;

use crate::process::written;

/// Severity and message of each line of the console.
fn shown(program: &str) -> Vec<String> {
    let (stdout, stderr) = written(program);
    let lines: Vec<_> = stdout.lines().filter(|line| !line.contains("telemetry")).map(|line| line[13..].to_owned()).collect();
    assert!(!lines.is_empty(), "{stdout}\n{stderr}");
    lines
}

const ALL: [&str; 8] = [
    "[VERBOSE] this is verbose",
    "[DEBUG] this is debug",
    "[INFO] this is info",
    "[WARN] this is warn",
    "[ERROR] this is error",
    "[CRITICAL] this is critical",
    "[CRITICAL] critical by its field  attempt=3",
    "[WARN] only an error is critical  severity=critical",
];

#[test]
fn the_console_shows_all_six_severities() {
    assert_eq!(shown("severities"), ALL);
}

#[test]
fn log_lines_as_text_read_as_the_console_shows_them_also_where_telemetry_is_disabled() {
    assert_eq!(shown("severities text"), ALL);
    assert_eq!(shown("severities disabled"), ALL);
}

#[test]
fn json_log_lines_tell_a_critical_one_by_its_field() {
    let (stdout, _) = written("severities json");
    let lines: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"))).collect();
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line["target"] == "llm_span::events")
        .map(|line| [&line["level"], &line["msg"], &line["severity"]].map(|value| value.as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            ["TRACE", "this is verbose", ""],
            ["DEBUG", "this is debug", ""],
            ["INFO", "this is info", ""],
            ["WARN", "this is warn", ""],
            ["ERROR", "this is error", ""],
            ["ERROR", "this is critical", "critical"],
        ]
    );
}

#[test]
fn lines_of_the_log_crate_have_the_ids_of_their_span() {
    let (stdout, _) = written("log crate");
    let (spans, lines): (Vec<&str>, Vec<&str>) = stdout.lines().partition(|line| line.starts_with('{'));
    let [span] = &*spans else { panic!("one span: {stdout}") };
    let span: Value = serde_json::from_str(span).expect("JSON");
    let end = |key: &str, digits: usize| span[key].as_str().map(|id| id[id.len() - digits..].to_owned()).unwrap();
    let ids = format!(" {}:{} ", end("trace_id", 8), end("span_id", 4));
    let warned: Vec<_> = lines.iter().filter(|line| line.contains("from the log crate")).collect();
    let [line] = &*warned else { panic!("one line: {stdout}") };
    assert!(line.ends_with("[WARN] from the log crate") && line.contains(&ids), "{line}, {ids}");
    assert!(!stdout.contains("not wanted"), "{stdout}");
}

/// Whether the lines from within are seen depends on how `tracing` finds the subscriber; nothing may run in circles.
#[test]
fn a_value_that_emits_lines_itself_harms_nobody() {
    let (stdout, _) = written("values that emit");
    assert_eq!(stdout.lines().filter(|line| line.ends_with("[INFO] from outside  value=emits")).count(), 1, "{stdout}");
    assert!(stdout.lines().count() < 20, "{stdout}");
}
