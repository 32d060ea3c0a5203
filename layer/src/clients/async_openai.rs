//! The types of `async-openai`. The items of its streams are results of these: the layer of `Result` is taken off by the call.

use std::borrow::Cow;

use async_openai::types::{
    chat::{
        CompletionFinishReason, CompletionUsage, CreateChatCompletionResponse, CreateChatCompletionStreamResponse,
        FinishReason as ChatFinishReason,
    },
    completions::CreateCompletionResponse,
    embeddings::{CreateBase64EmbeddingResponse, CreateEmbeddingResponse},
    responses::{Response as ModelResponse, ResponseStreamEvent, ResponseUsage, Status},
};

use crate::usage::{ReportUsage, Response, Usage};

impl ReportUsage for CreateChatCompletionResponse {
    fn usage(&self) -> Option<Usage> {
        self.usage.as_ref().map(completion)
    }

    fn response(&self) -> Response<'_> {
        let choices = self.choices.iter().map(|choice| (choice.index, choice.finish_reason));
        chat(&self.id, &self.model, choices)
    }
}

/// The usage stands on the last chunk, whose choices are empty; with `stream_options.include_usage` only.
impl ReportUsage for CreateChatCompletionStreamResponse {
    fn usage(&self) -> Option<Usage> {
        self.usage.as_ref().map(completion)
    }

    fn response(&self) -> Response<'_> {
        let choices = self.choices.iter().map(|choice| (choice.index, choice.finish_reason));
        chat(&self.id, &self.model, choices)
    }
}

/// Complete and streamed alike.
impl ReportUsage for CreateCompletionResponse {
    fn usage(&self) -> Option<Usage> {
        self.usage.as_ref().map(completion)
    }

    fn response(&self) -> Response<'_> {
        let reason = |reason: &CompletionFinishReason| match reason {
            CompletionFinishReason::Stop => "stop",
            CompletionFinishReason::Length => "length",
            CompletionFinishReason::ContentFilter => "content_filter",
        };
        let choices = self.choices.iter().map(|choice| (choice.index, choice.finish_reason.as_ref().map(reason)));
        reasons(named(&self.id, &self.model), choices)
    }
}

impl ReportUsage for CreateEmbeddingResponse {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::input_only(self.usage.prompt_tokens))
    }

    fn response(&self) -> Response<'_> {
        named("", &self.model)
    }
}

impl ReportUsage for CreateBase64EmbeddingResponse {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::input_only(self.usage.prompt_tokens))
    }

    fn response(&self) -> Response<'_> {
        named("", &self.model)
    }
}

/// The reason is why it is incomplete, else the status it ended in.
impl ReportUsage for ModelResponse {
    fn usage(&self) -> Option<Usage> {
        let ResponseUsage { input_tokens, input_tokens_details, output_tokens, output_tokens_details, .. } =
            self.usage.as_ref()?;
        Some(
            Usage::new(input_tokens, output_tokens)
                .cache_read(input_tokens_details.cached_tokens)
                .cache_write(input_tokens_details.cache_write_tokens)
                .reasoning(output_tokens_details.reasoning_tokens),
        )
    }

    fn response(&self) -> Response<'_> {
        let status = match self.status {
            Status::Completed => Some("completed"),
            Status::Failed => Some("failed"),
            Status::Cancelled => Some("cancelled"),
            Status::Incomplete => Some("incomplete"),
            Status::InProgress | Status::Queued => None,
        };
        let details = self.incomplete_details.as_ref().map(|details| details.reason.as_str());
        let reason = status.map(|status| details.unwrap_or(status));
        reasons(named(&self.id, &self.model), [(0, reason)])
    }
}

/// Told by the events that carry the response.
impl ReportUsage for ResponseStreamEvent {
    fn usage(&self) -> Option<Usage> {
        carried(self)?.usage()
    }

    fn response(&self) -> Response<'_> {
        carried(self).map(ReportUsage::response).unwrap_or_default()
    }
}

fn carried(event: &ResponseStreamEvent) -> Option<&ModelResponse> {
    Some(match event {
        ResponseStreamEvent::ResponseCreated(event) => &event.response,
        ResponseStreamEvent::ResponseQueued(event) => &event.response,
        ResponseStreamEvent::ResponseInProgress(event) => &event.response,
        ResponseStreamEvent::ResponseCompleted(event) => &event.response,
        ResponseStreamEvent::ResponseIncomplete(event) => &event.response,
        ResponseStreamEvent::ResponseFailed(event) => &event.response,
        _ => return None,
    })
}

fn completion(usage: &CompletionUsage) -> Usage {
    let (input, output) = (usage.prompt_tokens_details.as_ref(), usage.completion_tokens_details.as_ref());
    Usage::new(usage.prompt_tokens, usage.completion_tokens)
        .cache_read(input.and_then(|input| input.cached_tokens))
        .cache_write(input.and_then(|input| input.cache_write_tokens))
        .reasoning(output.and_then(|output| output.reasoning_tokens))
        .audio(input.and_then(|input| input.audio_tokens), output.and_then(|output| output.audio_tokens))
}

fn chat<'a>(id: &'a str, model: &'a str, choices: impl Iterator<Item = (u32, Option<ChatFinishReason>)>) -> Response<'a> {
    let reason = |reason: ChatFinishReason| match reason {
        ChatFinishReason::Stop => "stop",
        ChatFinishReason::Length => "length",
        ChatFinishReason::ToolCalls => "tool_calls",
        ChatFinishReason::ContentFilter => "content_filter",
        ChatFinishReason::FunctionCall => "function_call",
    };
    reasons(named(id, model), choices.map(|(index, told)| (index, told.map(reason))))
}

/// Empty texts tell nothing: Azure sends them on the first chunk.
fn named<'a>(id: &'a str, model: &'a str) -> Response<'a> {
    let told = |text: &'a str| Some(text).filter(|text| !text.is_empty()).map(Cow::Borrowed);
    Response { id: told(id), model: told(model), ..Response::default() }
}

fn reasons<'a>(response: Response<'a>, choices: impl IntoIterator<Item = (u32, Option<&'a str>)>) -> Response<'a> {
    choices.into_iter().fold(response, |response, (index, reason)| match (usize::try_from(index), reason) {
        (Ok(index), Some(reason)) => response.finish_reason_of(index, reason),
        _ => response,
    })
}
