//! What the tests call: an answer with the tokens it took.

use llm_span::{ReportUsage, Usage};

#[derive(Debug, Default)]
pub(crate) struct Answer(pub(crate) Option<u32>, pub(crate) Option<u32>);

pub(crate) const fn answer(prompt: u32, completion: u32) -> Answer {
    Answer(Some(prompt), Some(completion))
}

impl ReportUsage for Answer {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(self.0, self.1))
    }
}
