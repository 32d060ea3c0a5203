//! What reaches a Collector, also one that misbehaves.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrival;
mod collector;
mod end;
mod exemplars;
mod feedback;
mod flood;
mod instance;
mod misbehaviour;
mod refusal;
mod runtimes;
mod secrets;
mod set_up;
mod size;
mod support;
mod tls;
