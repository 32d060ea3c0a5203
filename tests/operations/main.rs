//! The nine operations of the conventions: what each is named, carries and demands, by attribute and by builder; and how they nest.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
mod by_builder;
mod defaults;
mod estimates;
mod ids;
mod names;
mod phases;
mod sums;
mod support;
