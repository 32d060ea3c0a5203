//! Texts that are never shown.

use std::fmt;

/// A text that is never shown: headers that authenticate.
///
/// ```
/// let secret = llm_span::pipeline::Secret::new("Bearer token");
/// assert_eq!(format!("{secret:?}"), "<secret>");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
