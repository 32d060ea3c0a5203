//! Where the tokens of an answer are, and what it tells of itself: what every call of a provider records.

use llm_span::{ReportUsage, Response, Usage};

use super::{Chunk, Generated, TokenUsage};

impl ReportUsage for Generated {
    fn usage(&self) -> Option<Usage> {
        self.usage.map(Usage::from)
    }

    fn response(&self) -> Response<'_> {
        response(Some(&self.id), Some(&self.model), self.finish_reason.as_deref())
    }
}

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        self.usage.map(Usage::from)
    }

    fn response(&self) -> Response<'_> {
        response(self.id.as_deref(), self.model.as_deref(), self.finish_reason.as_deref())
    }
}

impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        Self::new(usage.input_tokens, usage.output_tokens)
    }
}

fn response<'a>(id: Option<&'a str>, model: Option<&'a str>, reason: Option<&'a str>) -> Response<'a> {
    let mut response = Response::default();
    response.id = id.map(Into::into);
    response.model = model.map(Into::into);
    response.finish_reasons.extend(reason.map(Into::into));
    response
}
