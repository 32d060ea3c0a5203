//! What is wrong with a metric, or with several together.

use std::fmt;

/// A metric that could not be measured, or metrics that could not be told apart; the text says where, what was expected and what to do.
#[derive(Clone, PartialEq, Eq)]
pub struct MetricError(String);

impl MetricError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// The text as it stands: a `main` that returns the error shows it so.
impl fmt::Debug for MetricError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for MetricError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MetricError {}
