//! Calls of the provider: bounded in time, and told by one line of the log each. Prompts and answers are not in it.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::time::timeout;

use crate::{
    activity::Lease,
    app::App,
    provider::{Chunk, GenerateRequest, Generated, GeneratedStream, ProviderError, TokenUsage},
};

/// Asks for an answer at once, and waits for it so long at most.
pub(super) async fn whole(app: &App, request: GenerateRequest, limit: Option<Duration>) -> Result<Generated, ProviderError> {
    app.activity.model(&request.model);
    let call = Call::of(app, &request);
    let generated = app.provider.generate(request);
    let generated = match limit {
        Some(limit) => timeout(limit, generated).await.unwrap_or(Err(ProviderError::TimedOut)),
        None => generated.await,
    };
    match &generated {
        Ok(generated) => call.generated(generated.usage),
        Err(error) => call.failed(error),
    }
    generated
}

/// Asks for an answer in chunks, and waits for the first: until then an error still has a status.
pub(super) async fn stream(app: &App, request: GenerateRequest) -> Result<Answer, ProviderError> {
    app.activity.model(&request.model);
    let call = Call::of(app, &request);
    let sampling = app.activity.sampling();
    let begin = async {
        let mut chunks = app.provider.generate_stream(request).await?;
        let first = chunks.next().await.ok_or(ProviderError::Failed)??;
        Ok((first, chunks))
    };
    match timeout(app.time_limit, begin).await.unwrap_or(Err(ProviderError::TimedOut)) {
        Ok((first, chunks)) => {
            let open = Some(Open { chunks, _sampling: sampling });
            Ok(Answer { first: Some(first), open, call, time_limit: app.time_limit, usage: None, finish_reason: None })
        }
        Err(error) => {
            call.failed(&error);
            Err(error)
        }
    }
}

/// An answer that is being streamed. Dropped, it tells the provider to stop.
pub(super) struct Answer {
    first: Option<Chunk>,
    /// Gone when it has ended.
    open: Option<Open>,
    call: Call,
    time_limit: Duration,
    /// What it took, where the provider has told.
    pub(super) usage: Option<TokenUsage>,
    /// Why it has ended, where the provider has told.
    pub(super) finish_reason: Option<String>,
}

struct Open {
    chunks: GeneratedStream,
    _sampling: Lease,
}

impl Answer {
    /// What the provider calls the answer, and the model that gives it.
    pub(super) fn names(&self) -> (Option<&str>, Option<&str>) {
        let named = |name: fn(&Chunk) -> &Option<String>| self.first.as_ref().and_then(|first| name(first).as_deref());
        (named(|first| &first.id), named(|first| &first.model))
    }

    /// The next chunk; `None` when the answer is whole. After an error there is nothing more.
    pub(super) async fn next(&mut self) -> Option<Result<Chunk, ProviderError>> {
        let open = self.open.as_mut()?;
        let next = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => timeout(self.time_limit, open.chunks.next()).await.unwrap_or(Some(Err(ProviderError::TimedOut))),
        };
        match next {
            Some(Ok(chunk)) => {
                self.usage = chunk.usage.or(self.usage);
                self.finish_reason = chunk.finish_reason.clone().or(self.finish_reason.take());
                Some(Ok(chunk))
            }
            // An answer says why it has ended; what has not was cut off.
            None if self.finish_reason.is_none() => Some(Err(self.fail(ProviderError::Failed))),
            None => {
                self.open = None;
                self.call.generated(self.usage);
                None
            }
            Some(Err(error)) => Some(Err(self.fail(error))),
        }
    }

    fn fail(&mut self, error: ProviderError) -> ProviderError {
        self.open = None;
        self.call.failed(&error);
        error
    }
}

/// What the log tells of a call.
struct Call {
    provider: Arc<dyn crate::provider::Provider>,
    model: String,
}

impl Call {
    fn of(app: &App, request: &GenerateRequest) -> Self {
        Self { provider: Arc::clone(&app.provider), model: request.model.clone() }
    }

    fn generated(&self, usage: Option<TokenUsage>) {
        tracing::info!(
            provider = self.provider.name(),
            model = self.model,
            input_tokens = usage.map(|usage| usage.input_tokens),
            output_tokens = usage.map(|usage| usage.output_tokens),
            "response generated"
        );
    }

    fn failed(&self, error: &ProviderError) {
        let kind = error.kind();
        tracing::warn!(provider = self.provider.name(), model = self.model, error.type = kind.as_ref(), "no response");
    }
}
