//! A provider whose calls are spans: from them come its metrics, its traces, and the ids in log lines.

use async_trait::async_trait;
use llm_span::llm_span;

use super::{GenerateRequest, Generated, GeneratedStream, Provider, ProviderError};

/// A provider whose calls are spans.
pub(crate) struct InstrumentedProvider<P>(P);

impl<P> InstrumentedProvider<P> {
    pub(crate) fn new(inner: P) -> Self {
        Self(inner)
    }
}

// Said once for both. What an answer used, it tells by itself: `ReportUsage`, in usage.rs.
#[llm_span(
    provider = self.name(),
    model = request.model,
    temperature = request.temperature,
    top_p = request.top_p,
    max_tokens = request.max_tokens,
    error_type = ProviderError::kind,
    fields(twinkle.component = "Model"),
)]
#[async_trait]
impl<P: Provider> Provider for InstrumentedProvider<P> {
    fn name(&self) -> &str {
        self.0.name()
    }

    #[llm_span(operation = "chat", name = "provider.generate")]
    async fn generate(&self, request: GenerateRequest) -> Result<Generated, ProviderError> {
        self.0.generate(request).await
    }

    // The call lasts until the stream has ended or is dropped.
    #[llm_span(operation = "chat", name = "provider.generate_stream")]
    async fn generate_stream(&self, request: GenerateRequest) -> Result<GeneratedStream, ProviderError> {
        self.0.generate_stream(request).await
    }
}
