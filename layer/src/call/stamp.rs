//! Sets the contract's attributes: those known at the start when the span is created, the others in one late record.

mod finish;
#[cfg(feature = "layer")]
mod recording;
mod start;
mod text;
#[cfg(not(feature = "layer"))]
mod untold;

pub(super) use finish::{Ending, finish};
#[cfg(feature = "layer")]
pub(crate) use recording::{gaps, is_recording, recording, started, starting};
pub use start::{Ids, Start};
#[cfg(not(feature = "layer"))]
use untold::{recording, starting};

use llm_span_contract::stamp::{FIELDS, Field, MAX_EXTRA_FIELDS};
use tracing::field::Value;

type Slots<'a> = [Option<&'a dyn Value>; FIELDS.len() + MAX_EXTRA_FIELDS];

fn set<'a>(slots: &mut Slots<'a>, field: Field, value: Option<&'a dyn Value>) {
    slots[field as usize] = value;
}

#[expect(clippy::ref_option, reason = "the value it lends stands in the caller's local")]
fn some<V: Value>(value: &Option<V>) -> Option<&dyn Value> {
    value.as_ref().map(|value| value as &dyn Value)
}
