//! What became of a span, in one line.

use std::{borrow::Cow, fmt, time::Duration};

use llm_span_contract::Outcome;

use super::elapsed::elapsed;

/// How far a span has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is closed.
    Closed(Outcome),
    /// Its outcome is recorded; something, a detached task perhaps, still holds the span.
    Finished(Outcome),
    /// It is open and nothing tells how it will end.
    Open,
}

/// How many attributes were demanded of it, and how many of them are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Required<'a> {
    pub(crate) recorded: usize,
    pub(crate) of: usize,
    /// The contract that demands them, where it is not the only one.
    pub(crate) by: Option<Cow<'a, str>>,
}

/// A span in one line.
#[derive(Clone, Debug)]
pub(crate) struct SpanLine<'a> {
    pub(crate) name: &'a str,
    pub(crate) ending: Ending,
    /// How long it took, or has been open.
    pub(crate) elapsed: Option<Duration>,
    pub(crate) required: Option<Required<'a>>,
}

impl fmt::Display for SpanLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "span {} ", self.name)?;
        match self.ending {
            Ending::Closed(outcome) => write!(f, "closed {outcome}")?,
            Ending::Finished(outcome) => write!(f, "finished {outcome}")?,
            Ending::Open => f.write_str("still open")?,
        }
        if let Some(duration) = self.elapsed {
            write!(f, " after {}", elapsed(duration))?;
        }
        if let Some(required) = &self.required {
            write!(f, " with {} of {} required attributes", required.recorded, required.of)?;
            if let Some(contract) = &required.by {
                write!(f, " of {contract}")?;
            }
        }
        Ok(())
    }
}
