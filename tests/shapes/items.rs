//! What the shapes give: a whole answer, chunks, an error.

use llm_span::{ReportUsage, Usage};

/// A whole response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Answer;

impl ReportUsage for Answer {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(128, 64))
    }
}

/// A part of a response; the last one tells the usage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Chunk(pub(crate) Option<u32>);

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        self.0.map(|completion| Usage::new(128, completion))
    }
}

/// An error of a provider's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Overloaded;

pub(crate) type Tried<T> = Result<T, Overloaded>;

/// The chunks that a shape passes on, as they come.
pub(crate) type Chunks = Box<dyn Iterator<Item = Tried<Chunk>> + Send>;

/// Text, an early count, text, the last count.
pub(crate) const ANSWER: [Tried<Chunk>; 4] = [Ok(Chunk(None)), Ok(Chunk(Some(1))), Ok(Chunk(None)), Ok(Chunk(Some(64)))];

pub(crate) fn answer() -> Chunks {
    Box::new(ANSWER.into_iter())
}

/// Two chunks, then an error.
pub(crate) fn broken_off() -> Chunks {
    Box::new(ANSWER.into_iter().take(2).chain([Err(Overloaded)]))
}

/// Two chunks, then a panic.
pub(crate) fn panics() -> Chunks {
    Box::new(ANSWER.into_iter().take(2).chain(std::iter::from_fn(|| panic!("broken"))))
}
