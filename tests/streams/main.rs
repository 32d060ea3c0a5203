//! Calls whose response comes in chunks: the span stays open until the last one, and tells the truth about how they ended.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod boxed;
mod chunk;
mod ends;
mod handles;
mod iterators;
mod property;
mod shapes;
mod times;
mod told;
