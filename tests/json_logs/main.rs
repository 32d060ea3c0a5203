//! `JsonLogs` from outside: what stands in a line, whatever is logged and however the layer is put together.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod any_event;
mod fields;
mod filters;
mod ids_from_opentelemetry;
mod ids_of_its_own;
mod keys;
mod log_crate;
mod placement;
mod span_fields;
mod support;
mod values;
mod writers;
