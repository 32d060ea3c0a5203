//! The SQLite file of a pipeline: written, read back, killed, full, locked, shared.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "tests fail by panicking")]

mod child;
mod disk;
mod killed;
mod locked;
mod metrics;
mod property;
mod queries;
mod shared;
mod support;
mod written;
