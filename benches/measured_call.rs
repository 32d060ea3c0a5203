//! The call that benches measure: it tells usage, id, model and why it ended.

use std::hint::black_box;

use llm_span::{ReportUsage, Response, Usage, llm_span};

/// What an API's answer tells.
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) model: String,
}

impl ReportUsage for Answer {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(128, 64))
    }

    fn response(&self) -> Response<'_> {
        Response::default().id(&self.id).model(&self.model).finish_reason("stop")
    }
}

/// It does nothing but what it is annotated for.
#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = model)]
pub(crate) fn complete<'a>(model: &str, answer: &'a Answer) -> &'a Answer {
    black_box(answer)
}
