//! The example `gateway` as a process, with the embedded provider behind it, and the Collector of tests beside it.
//!
//! Some tests need `hey` or `curl`; `bash .ci/install-load-tools` fetches the former. Where one is missing, they say that they are skipped, and pass.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../pipeline_process/built.rs"]
mod built;
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
mod switches;
