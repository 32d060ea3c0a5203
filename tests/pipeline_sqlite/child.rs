//! A process of its own, which writes.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use tracing::info_span;

use crate::support::{TIMEOUT, pipeline};

const FILE: &str = "PIPELINE_SQLITE_CHILD";
const COUNT: &str = "PIPELINE_SQLITE_CHILD_COUNT";

/// Not a test: what the process does that [`Writer::start`] begins. After each flush it tells how far it is.
#[test]
fn writes_and_tells_what_is_committed() {
    let Some(path) = std::env::var_os(FILE).map(PathBuf::from) else { return };
    let count: i64 = std::env::var(COUNT).unwrap().parse().unwrap();
    let (dispatch, guard) = pipeline(&path, |_| {});
    let process = i64::from(std::process::id());
    let mut out = std::io::stdout();
    for number in 1..=count {
        tracing::dispatcher::with_default(&dispatch, || {
            let span = info_span!("numbered", process, number, text = "x".repeat(500));
            span.in_scope(|| tracing::info!(number, "a line"));
        });
        // Batches of several sizes.
        if number % 7 == 0 || number % 50 < 3 || number == count {
            assert!(guard.flush(TIMEOUT));
            assert_eq!(guard.losses().iter().map(|(_, losses)| losses.total()).sum::<u64>(), 0);
            writeln!(out, "committed {number}").unwrap();
            out.flush().unwrap();
        }
    }
}

/// A process that writes numbered spans.
pub(crate) struct Writer {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    pub(crate) fn start(path: &Path, count: i64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child::writes_and_tells_what_is_committed", "--nocapture"]);
        command.env(FILE, path).env(COUNT, count.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next number that it says is committed; `None` at its end.
    pub(crate) fn committed(&mut self) -> Option<i64> {
        // The harness writes lines of its own, and ends none of them before the first of these.
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines.find_map(|line| line.split_once("committed ")?.1.parse().ok())
    }
}
