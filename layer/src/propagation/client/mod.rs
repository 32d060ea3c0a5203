//! Requests that are sent.

mod has_headers;
mod layer;
#[cfg(test)]
mod tests;

pub use has_headers::HasHeaders;
pub use layer::{Client, ClientLayer};
