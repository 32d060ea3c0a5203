//! Real processes: how they start, end, and are killed.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod built;
mod disabled;
mod endings;
mod example;
mod failing_sinks;
mod process;
mod samples;
#[cfg(unix)]
mod signals;
mod stuck;
