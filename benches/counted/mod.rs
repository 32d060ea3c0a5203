//! What is counted, by allocations and by instructions: the ways that every call, line and chunk takes.

#![allow(dead_code, reason = "each counts some of it")]

pub(crate) mod annotated;
pub(crate) mod chunks;
#[cfg(feature = "instructions")]
pub(crate) mod http;
pub(crate) mod line;
pub(crate) mod measured;
pub(crate) mod meters;
pub(crate) mod subscribers;
