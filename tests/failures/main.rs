//! Calls that fail, are given up, or are left by a panic: each ends once, with the truth, and what it used is counted once.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod closures;
mod drops;
mod hedges;
mod ledger;
mod panics;
mod polls;
mod retries;
mod runtimes;
mod sums;
#[path = "../llm_layer/support.rs"]
#[allow(dead_code, clippy::cast_precision_loss, reason = "shared with other tests")]
mod support;
mod tasks;
mod timeouts;
mod trees;
