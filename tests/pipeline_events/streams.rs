//! Streams that fail, close or stall: the program goes on, and ends.

use std::{
    fs::OpenOptions,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Stdio},
    sync::mpsc,
    thread,
};

use serde_json::Value;

use crate::process::{LONG, command, of};

/// What the program said of its losses when it ended by itself.
fn ended(child: Child) -> String {
    let (send, receive) = mpsc::channel();
    let id = child.id();
    thread::spawn(move || send.send(child.wait_with_output()));
    let output = receive.recv_timeout(LONG).unwrap_or_else(|_| panic!("process {id} does not end")).expect("it ran");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{}: {stderr}", output.status);
    stderr.lines().find(|line| line.starts_with("late=")).unwrap_or_else(|| panic!("no report: {stderr}")).to_owned()
}

fn number(report: &str, name: &str) -> u64 {
    let number = report.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name}: {report}"))
}

/// The harness of tests writes to standard output, so standard error is the full device.
#[cfg(target_os = "linux")]
#[test]
fn on_a_full_device_what_is_lost_is_counted() {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let (stdout, _) = of(&command("log flood").stderr(Stdio::from(full)).output().expect("it runs"));
    assert!(number(&stdout, "lost") >= 1_000, "each line: {stdout}");
    assert!(number(&stdout, "failed") > 0 && stdout.starts_with("late= "), "nothing holds it up: {stdout}");
}

#[test]
fn a_reader_that_goes_away_harms_nobody() {
    for program in ["console flood", "json flood"] {
        let mut child = command(program).spawn().expect("it runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains("request") {
            line.clear();
            assert!(stdout.read_line(&mut line).expect("a line") > 0, "{program} wrote nothing");
        }
        drop(stdout);
        let report = ended(child);
        assert!(number(&report, "lost") > 0, "{program}: {report}");
    }
}

#[test]
fn a_reader_that_stalls_holds_nobody_up() {
    for program in ["console flood", "json flood"] {
        let mut child = command(program).spawn().expect("it runs");
        // Open, and never read.
        let stdout = child.stdout.take().expect("a pipe");
        let report = ended(child);
        assert!(number(&report, "lost") > 1_000, "what has no room is dropped and counted: {program}: {report}");
        assert!(!report.starts_with("late= "), "the sink is told as late: {report}");
        drop(stdout);
    }
}

#[test]
fn a_reader_that_reads_on_gets_whole_lines() {
    let mut child = command("json flood").spawn().expect("it runs");
    let mut stdout = child.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let report = ended(child);
    let text = reader.join().expect("no panic").expect("UTF-8");
    let (_, lines) = text.split_once("running 1 test\n").expect("what the harness writes");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    let written = lines.iter().filter(|line| line["name"] == "request" || line["msg"] == "a log line").count() as u64;
    // What the pipeline tells of itself may be lost, too.
    let all = written + number(&report, "lost");
    assert!((8_000..=8_010).contains(&all), "each is written or counted: {written}, {report}");
}
