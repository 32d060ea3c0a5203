//! The example `gateway` as a process, with the embedded provider behind it, and the Collector of tests beside it.
//!
//! Some tests need `hey`, `wrk` or `curl`; `bash .ci/install-load-tools` fetches the former two. Where one is missing, they say that
//! they are skipped, and pass.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
#[path = "../pipeline_process/built.rs"]
mod built;
mod client;
mod client_example;
#[path = "../pipeline_otlp/collector/mod.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod collector;
mod configs;
mod document;
mod load;
mod one_trace;
mod process;
mod programs;
mod scrape;
mod stop;
mod switches;
mod workers;
