//! Metrics from outside: what the rules derive from spans, through OpenTelemetry and through the Prometheus endpoint at once.

#![allow(clippy::cast_precision_loss, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::float_cmp, reason = "sums of whole numbers are exact")]

mod announced;
mod bounds;
mod edges;
mod events;
mod gauges;
mod hostile;
mod http;
mod labels;
mod layers;
mod lots;
mod measures;
mod model;
mod own_sink;
mod refused;
mod series;
mod support;
mod violations;
