//! What model calls are called when they are exported.

/// What model calls are called when they are exported. Checks and metrics know a call by its attributes, whatever it is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanNames {
    /// As the program calls them: annotated calls `llm.completion`, which the AMTP dashboards select on.
    #[default]
    AsTheyAre,
    /// `{operation} {model}`, as the OpenTelemetry GenAI conventions have it: `chat gpt-4o`.
    GenAi,
    /// `provider.generate` and `provider.generate_stream`, as the LLM gateway's document has it. Spans of calls that generate text have the
    /// document's attributes, too, beside those that they have: `provider.name`, `provider.model`, `provider.input_tokens`,
    /// `provider.output_tokens`, of streams `provider.chunk_count` and `provider.ttfb_seconds`.
    LlmGateway,
}
