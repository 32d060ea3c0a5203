//! Calls whose response comes in chunks: streams, iterators.

mod boxed;
#[cfg(feature = "stream")]
mod chunks;
mod flow;
mod items;
#[cfg(test)]
#[cfg(all(feature = "layer", feature = "stream"))]
mod tests;
mod watch;

#[cfg(feature = "stream")]
pub(super) use chunks::Chunks;
pub(super) use flow::Kept;
pub(super) use items::Items;
pub use watch::iterator_of;
#[cfg(feature = "stream")]
pub use watch::stream_of;
use watch::{Fallible, Plain};
