//! Requests through the layer for servers: over TCP to axum, and by hand where a body or a future has to be left at a certain point.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod access_log;
mod bodies;
mod by_hand;
mod endings;
mod hostile;
mod metrics;
mod nested;
mod request_id;
mod sizes;
mod span;
mod support;
mod tasks;
mod traces;
mod trailers;
mod uploads;
