//! What is read of the JSON that providers send: their documented responses, complete and streamed, and what may be wrong with them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "async-openai")]
mod async_openai;
mod broken;
mod documented;
mod fixture;
#[cfg(feature = "genai")]
mod genai;
mod of_a_span;
mod snapshots;
