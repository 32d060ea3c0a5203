//! What sinks of this process are handed, and what they write: real processes, whose standard output is read.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod carried;
mod colours;
mod console;
mod hostile;
mod in_sqlite;
mod json_spans;
mod log_lines;
mod measurements;
mod metric_dump;
mod process;
mod programs;
mod streams;
mod tokens;
