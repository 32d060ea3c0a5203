//! What calls cost, by a table of prices that the user supplies.

mod error;
mod installed;
mod pattern;
mod price;
mod table;

pub use error::PriceError;
pub(crate) use installed::installed;
pub use price::Price;
pub use table::Prices;
