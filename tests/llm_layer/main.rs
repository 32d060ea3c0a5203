//! `LlmLayer` from outside: what it finds, what it counts, and that it stays out of the way of others.

#![allow(clippy::cast_precision_loss, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod at_exit;
mod between;
mod cost;
mod counters;
mod exported;
mod findings;
mod foreign_counts;
mod foreign_crates;
mod foreign_spans;
mod hooks;
mod neighbours;
mod once;
mod setup;
mod several;
mod shared_meter;
mod sinks;
mod support;
mod told;
mod unkept;
mod usage;
