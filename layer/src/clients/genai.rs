//! The types of `genai`. Its counts are whole already, whichever provider has sent them; a part of 0 it takes for an absent one.

use genai::{
    ModelIden,
    chat::{ChatResponse, ChatStreamEvent, StopReason, StreamEnd, Usage as GenaiUsage},
    embed::EmbedResponse,
};

use crate::usage::{ReportUsage, Response, Usage};

impl ReportUsage for ChatResponse {
    fn usage(&self) -> Option<Usage> {
        counts(&self.usage)
    }

    fn response(&self) -> Response<'_> {
        let response = told(self.response_id.as_deref(), self.stop_reason.as_ref());
        response.model(model(&self.provider_model_iden))
    }
}

/// Told at its end, and only what the options ask to be captured: `ChatOptions::with_capture_usage`.
impl ReportUsage for ChatStreamEvent {
    fn usage(&self) -> Option<Usage> {
        match self {
            Self::End(end) => end.usage(),
            _ => None,
        }
    }

    fn response(&self) -> Response<'_> {
        match self {
            Self::End(end) => end.response(),
            _ => Response::default(),
        }
    }
}

impl ReportUsage for StreamEnd {
    fn usage(&self) -> Option<Usage> {
        self.captured_usage.as_ref().and_then(counts)
    }

    fn response(&self) -> Response<'_> {
        told(self.captured_response_id.as_deref(), self.captured_stop_reason.as_ref())
    }
}

impl ReportUsage for EmbedResponse {
    fn usage(&self) -> Option<Usage> {
        self.usage.prompt_tokens.map(Usage::input_only)
    }

    fn response(&self) -> Response<'_> {
        Response::default().model(model(&self.provider_model_iden))
    }
}

fn counts(usage: &GenaiUsage) -> Option<Usage> {
    let (input, output) = (usage.prompt_tokens_details.as_ref(), usage.completion_tokens_details.as_ref());
    let counts = Usage::new(usage.prompt_tokens, usage.completion_tokens)
        .cache_read(input.and_then(|input| input.cached_tokens))
        .cache_write(input.and_then(|input| input.cache_creation_tokens))
        .reasoning(output.and_then(|output| output.reasoning_tokens))
        .audio(input.and_then(|input| input.audio_tokens), output.and_then(|output| output.audio_tokens));
    (counts != Usage::default()).then_some(counts)
}

fn model(model: &ModelIden) -> &str {
    &model.model_name
}

fn told<'a>(id: Option<&'a str>, reason: Option<&'a StopReason>) -> Response<'a> {
    let response = Response { id: id.map(Into::into), ..Response::default() };
    match reason {
        Some(reason) => response.finish_reason_of(0, reason.raw()),
        None => response,
    }
}
