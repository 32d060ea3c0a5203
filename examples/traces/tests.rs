//! What the command shows of a file that a pipeline has written.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::Duration;

use llm_span::{Operation, Telemetry, Usage, pipeline::LogFormat};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::{arguments::Arguments, clock, run};

/// A file with a request of two calls, and one that failed.
fn file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = Telemetry::new().environment([]).service_name("travel").sqlite(folder.path().join("telemetry.db"));
    let (layer, guard) = telemetry.set(|settings| settings.logs.format = Some(LogFormat::Off)).build().unwrap();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info_span!("request").in_scope(|| {
            let usage = || llm_span::record_usage(Usage::new(128_u64, 64_u64));
            let call = || llm_span::call(Operation::Chat, "openai", "gpt-4o").in_scope_in_body(usage);
            tracing::info_span!("agent").in_scope(call);
            call();
        });
        tracing::info_span!("broken").in_scope(|| tracing::error!("it broke"));
    });
    assert!(guard.flush(Duration::from_secs(30)));
    folder
}

fn shows(folder: &tempfile::TempDir, arguments: &str) -> String {
    let file = folder.path().join("telemetry.db").display().to_string();
    let arguments = ["--db".to_owned(), file].into_iter().chain(arguments.split_whitespace().map(str::to_owned));
    run(&Arguments::read(arguments).unwrap()).unwrap_or_else(|problem| problem.to_string())
}

/// The columns of a line, of which two blanks are the border.
fn columns(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|text| !text.is_empty()).collect()
}

#[test]
fn traces_are_listed_newest_first_and_by_filters() {
    let folder = file();
    let all = shows(&folder, "list");
    let lines: Vec<_> = all.lines().skip(1).map(columns).collect();
    assert_eq!(lines.len(), 2, "{all}");
    assert_eq!((lines[0][3], lines[1][3], lines[1][5], lines[1][6]), ("broken", "request", "4", "384"), "{all}");
    assert!(shows(&folder, "list --status error").contains("broken"));
    assert_eq!(shows(&folder, "list --where llm.tokens.total>192"), "no trace is like that");
    assert_eq!(shows(&folder, "list --where llm.tokens.total=192 --model gpt-4o --since 1h").lines().count(), 2);
    assert_eq!(shows(&folder, "list --until 1h"), "no trace is like that");
    assert_eq!(shows(&folder, "slow --longer-than 1h"), "no span is like that");
    assert_eq!(shows(&folder, "slow --longer-than 0s --limit 3").lines().count(), 4);
}

#[test]
fn usage_is_shown_by_day_and_model() {
    let shown = shows(&file(), "usage --since 1d");
    let line = columns(shown.lines().nth(1).unwrap());
    assert_eq!(line[1..], ["openai", "gpt-4o", "2", "256", "128", "384"], "{shown}");
}

#[test]
fn a_trace_is_shown_as_a_tree() {
    let folder = file();
    let id = shows(&folder, "list --name request").lines().nth(1).unwrap()[..12].to_owned();
    let shown = shows(&folder, &format!("show {id}"));
    let names = ["request", "├─ agent", "│  └─ llm.completion", "└─ llm.completion"];
    assert!(shown.starts_with(&format!("trace {id}")), "{shown}");
    assert_eq!(shown.lines().count(), 3 + names.len(), "{shown}");
    for (line, name) in shown.lines().skip(3).zip(names) {
        assert!(line.starts_with(name), "{shown}");
    }
    assert!(shown.lines().nth(3).unwrap().contains("256"), "the root has the sum of all below it: {shown}");
    assert_eq!(shows(&folder, "show zz"), "no trace begins with `zz`; `traces list` shows those that there are");
}

#[test]
fn wrong_arguments_are_told_with_what_was_expected() {
    let wrong = |arguments: &str| Arguments::read(arguments.split_whitespace().map(str::to_owned)).err().unwrap();
    assert_eq!(wrong(""), "no command; expected list, slow, usage or show");
    assert_eq!(wrong("lst"), "unknown command `lst`; expected list, slow, usage or show");
    assert_eq!(wrong("show"), "`show` wants the id of a trace, or how it begins");
    assert_eq!(wrong("list --limit many"), "`--limit many`: expected a whole number");
    assert_eq!(wrong("list --since yesterday"), "`--since yesterday`: expected how long ago: 90s, 15m, 2h, 7d");
    assert_eq!(wrong("list --longer-than 5"), "`--longer-than 5`: expected a time: 500ms, 2s, 1m");
    assert_eq!(wrong("list --status=fine"), "`--status fine`: expected unset, ok or error");
    assert_eq!(wrong("list --where >5"), "`--where >5`: expected KEY, KEY=VALUE or KEY>NUMBER");
    assert_eq!(wrong("list --order up"), "`--order up`: expected newest, oldest or slowest");
    assert_eq!(wrong("list --limit"), "`--limit` wants a value");
    assert!(wrong("list --limt 5").starts_with("unknown option `--limt`; expected one of --db, "));
    assert_eq!(wrong("list usage"), "unexpected argument `usage`; filters begin with --");
}

#[test]
fn filters_that_would_change_nothing_are_refused() {
    let read = |arguments: &str| Arguments::read(arguments.split_whitespace().map(str::to_owned));
    let wrong = |arguments: &str| read(arguments).err().unwrap();
    let taken = "expected --db, --since, --until, --service, --model, --provider";
    assert_eq!(wrong("usage --where a=b --limit 1 --status error"), format!("`usage` does not take `--where`; {taken}"));
    assert_eq!(wrong("--limit 1 usage"), format!("`usage` does not take `--limit`; {taken}"));
    assert_eq!(wrong("show a7bf --since 1h"), "`show` does not take `--since`; expected --db");
    assert!(read("usage --db a.db --since 1h --until 1m --service a --model=b --provider c").is_ok());
    assert!(read("show a7bf --db a.db").is_ok());
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_told() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};
    let why = crate::arguments::texts([OsString::from("list"), OsString::from_vec(vec![b'a', 0xff])]).unwrap_err();
    assert_eq!(why, "the argument a\u{fffd} is no UTF-8");
    assert_eq!(crate::arguments::texts([OsString::from("list")]).unwrap(), ["list"]);
}

/// Spans of the dialect that has our own keys only.
#[test]
fn models_are_found_by_either_key() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = Telemetry::new().environment([]).sqlite(folder.path().join("telemetry.db"));
    let (layer, guard) = telemetry.set(|settings| settings.logs.format = Some(LogFormat::Off)).build().unwrap();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info_span!("step", llm.model = "gpt-4o", llm.provider = "openai").in_scope(|| ());
    });
    assert!(guard.flush(Duration::from_secs(30)));
    assert_eq!(shows(&folder, "list --model gpt-4o --provider openai").lines().count(), 2);
    assert_eq!(shows(&folder, "slow --longer-than 0s --model gpt-4o --provider openai").lines().count(), 2);
    assert_eq!(shows(&folder, "list --model gpt-4"), "no trace is like that");
}

/// As under `traces list | head -1`.
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    struct Closed(std::io::ErrorKind);
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert!(crate::show(Closed(std::io::ErrorKind::BrokenPipe), "text").is_ok());
    assert!(crate::show(Closed(std::io::ErrorKind::StorageFull), "text").is_err());
    let mut shown = Vec::new();
    assert!(crate::show(&mut shown, "text").is_ok());
    assert_eq!(shown, b"text\n");
}

#[test]
fn a_missing_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert!(shows(&folder, "list").starts_with("there is no file "));
}

#[test]
fn dates_are_those_of_the_calendar() {
    let at = |seconds| clock::shown(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
    let shown = [0, 951_782_399, 951_782_400, 1_795_251_152, 4_107_542_400].map(at);
    let expected =
        ["1970-01-01 00:00:00", "2000-02-28 23:59:59", "2000-02-29 00:00:00", "2026-11-21 08:52:32", "2100-03-01 00:00:00"];
    assert_eq!(shown, expected);
}
