//! One JSON object a line, with the ids of the span the event happened in.
//!
//! A line is put together in a buffer of its thread ([`turn`]) from parts that are ready: what the user chose
//! ([`layout`]), what a callsite's events have in common ([`plan`]), the ids kept with the span. Only the values and
//! the digits of the time are formatted anew ([`line`], [`value`]), so that a line needs no allocation. What the thread
//! used last it finds without a look into what threads share: plans ([`recent`]), the ids of its span ([`entered`]).

mod entered;
mod escape;
mod key;
mod layer;
mod layout;
mod line;
mod logs;
mod output;
mod plan;
mod recent;
mod span_fields;
mod time;
mod turn;
mod unique;
mod value;
mod visit;

pub use key::JsonKey;
pub use logs::JsonLogs;
pub use output::DroppedLines;
