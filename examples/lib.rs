//! What the examples share.

pub mod endpoint;
pub mod provider;
