//! Why an entry of a price table is refused.

use std::{error, fmt};

/// Why an entry of a price table is refused: which entry, what is wrong with it, what is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceError {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) problem: Problem,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Problem {
    EmptyProvider,
    PatternOfProviders,
    EmptyModel,
    /// That price is no price.
    NoPrice(&'static str, f64),
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "price of model {:?} at provider {:?}: ", self.model, self.provider)?;
        match self.problem {
            Problem::EmptyProvider => f.write_str("the provider is empty; name it, or write `*` for all of them"),
            Problem::PatternOfProviders => f.write_str("a provider is named in full; only `*` alone stands for all of them"),
            Problem::EmptyModel => f.write_str("the model is empty; name it, or write a pattern such as `gpt-4o*`"),
            Problem::NoPrice(part, price) => {
                write!(f, "the price of {part} is {price}; expected are US dollars per million tokens, finite and not negative")
            }
        }
    }
}

impl error::Error for PriceError {}
