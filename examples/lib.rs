//! What the examples share.

pub mod endpoint;
pub mod metrics;
pub mod provider;
