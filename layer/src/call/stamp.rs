//! Sets the contract's attributes: those known at the start when the span is created, the others in one late record.

mod finish;
#[cfg(feature = "layer")]
mod recording;
mod start;
#[cfg(feature = "layer")]
mod starting;
mod text;
#[cfg(not(feature = "layer"))]
mod untold;
mod value;

pub(super) use finish::{Ending, finish};
#[cfg(feature = "layer")]
use recording::recording;
#[cfg(feature = "layer")]
pub(crate) use recording::{Awaits, Beside, Ends, Told, arrive, end_heard, gaps, heard, is_recording, read_by};
#[cfg(feature = "layer")]
pub(crate) use start::Tells;
pub use start::{Ids, Start};
#[cfg(feature = "layer")]
use starting::starting;
#[cfg(feature = "layer")]
pub(crate) use starting::{Answer, Difference, First, Heard, Starting, Telling, answer_of, hear, started};
#[cfg(not(feature = "layer"))]
pub(super) use untold::{First, Heard};
#[cfg(not(feature = "layer"))]
use untold::{recording, starting};
#[cfg(feature = "layer")]
pub(crate) use value::Stamp;
