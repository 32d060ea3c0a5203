//! What a function annotated with `#[llm_span]` does: which span it makes, what it records and when.

mod callsite;
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
