//! Values that would be lines, colours or objects of their own.

use serde_json::Value;

use crate::{process::written, programs::HOSTILE};

#[test]
fn the_console_shows_no_line_that_a_value_has_made_up() {
    let (stdout, _) = written("hostile console");
    assert!(stdout.chars().all(|c| c == '\n' || !c.is_control()), "{stdout}");
    let is_own = |line: &str| line.starts_with("    ") || line.get(12..13) == Some(" ") && line.contains(" [");
    assert!(stdout.lines().all(is_own), "{stdout}");
    // Started, one line, one measurement, and the span's start and end.
    assert_eq!(stdout.lines().filter(|line| !line.starts_with("    ")).count(), 5, "{stdout}");
    assert!(stdout.lines().all(|line| line.len() < 5_000), "{stdout}");
    assert!(stdout.contains(" nan=NaN"), "{stdout}");
}

#[test]
fn json_lines_stay_what_they_are() {
    let (stdout, _) = written("hostile json");
    let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [span] = &*lines.iter().filter(|line| line.get("span_id").is_some() && line.get("kind").is_some()).collect::<Vec<_>>()
    else {
        panic!("one span: {stdout}")
    };
    assert_eq!((span["name"].as_str(), span["status"]["message"].as_str()), (Some(HOSTILE), Some(HOSTILE)));
    assert_eq!(
        (span["attributes"]["value"].as_str(), span["attributes"]["long"].as_str().map(str::len)),
        (Some(HOSTILE), Some(100_000))
    );
}
