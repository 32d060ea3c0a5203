//! How often calls and log lines ask for memory, beyond what the registry and OpenTelemetry ask for themselves.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../counted/mod.rs"]
mod counted;
mod lines;
mod spans;
mod steady;
