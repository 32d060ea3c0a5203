//! What the benches share: a harness that measures cases in turn.

mod harness;

pub use harness::{Bars, Bench, Figures, Timed};
