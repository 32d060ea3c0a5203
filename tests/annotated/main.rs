//! What a function annotated with `#[llm_span]` does: which span it makes, what it records and when.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::struct_field_names, reason = "the fields are the providers'")]

mod arguments;
mod callsite;
mod dropped;
mod fields;
mod futures;
mod hygiene;
mod neighbours;
mod outcome;
mod presets;
mod recorder;
mod scope;
mod shapes;
mod silence;
mod usage;
