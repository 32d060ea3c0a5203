//! A real Prometheus scrapes the example's service, and is asked what dashboards ask.
//!
//! `bash .ci/install-prometheus` fetches one; where there is none these tests say that they are skipped, and pass.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod document;
mod exemplars;
mod expected;
mod gateway;
mod names;
mod programs;
mod promtool;
mod queries;
mod sample;
mod server;
mod service;
