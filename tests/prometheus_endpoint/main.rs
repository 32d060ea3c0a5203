//! `/metrics`, from outside: what is told, in which format, by whom it is served.

#![allow(clippy::cast_precision_loss, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod clashes;
mod concurrency;
mod exemplars;
mod formats;
mod http;
mod listener;
mod reader;
mod served;
mod shared;
mod support;
