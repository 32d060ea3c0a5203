//! Calls of the provider: bounded in time and in what they answer, and told by one line of the log each. Prompts and answers are not in it.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    activity::Lease,
    app::App,
    provider::{Chunk, GenerateRequest, Generated, GeneratedStream, ProviderError, TokenUsage},
};

/// The longest text of an answer, in bytes: far more than a model says, and little enough to be kept in memory by each of many requests.
pub(super) const LONGEST: usize = 8 * 1024 * 1024;

/// Asks for an answer at once, and waits for it so long at most.
pub(super) async fn whole(app: &App, request: GenerateRequest, limit: Option<Duration>) -> Result<Generated, ProviderError> {
    let call = Call::of(app, &request);
    let generated = async {
        app.models.let_in(&request.model)?;
        let generated = app.provider.generate(request).await?;
        call.served(app);
        if generated.text.len() <= LONGEST { Ok(generated) } else { Err(ProviderError::TooLong) }
    };
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

/// Asks for an answer in chunks, and waits for the first: until then an error still has a status. The whole of it may take as long as an
/// answer at once.
pub(super) async fn stream(app: &App, request: GenerateRequest) -> Result<Answer, ProviderError> {
    let call = Call::of(app, &request);
    let sampling = app.activity.sampling();
    let until = Instant::now() + app.time_limit;
    let begin = async {
        app.models.let_in(&request.model)?;
        let mut chunks = app.provider.generate_stream(request).await?;
        let first = chunks.next().await.ok_or(ProviderError::Failed)??;
        call.served(app);
        Ok((first, chunks))
    };
    match timeout_at(until, begin).await.unwrap_or(Err(ProviderError::TimedOut)) {
        Ok((first, chunks)) => {
            let open = Some(Open { chunks, _sampling: sampling });
            Ok(Answer { first: Some(first), open, call, until, length: 0, usage: None, finish_reason: None })
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
    until: Instant,
    /// Of its text so far, in bytes.
    length: usize,
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
            None => timeout_at(self.until, open.chunks.next()).await.unwrap_or(Some(Err(ProviderError::TimedOut))),
        };
        match next {
            Some(Ok(chunk)) if self.length + chunk.text.len() > LONGEST => Some(Err(self.fail(ProviderError::TooLong))),
            Some(Ok(chunk)) => {
                self.length += chunk.text.len();
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

    /// There is such a model: the provider has begun to answer.
    fn served(&self, app: &App) {
        app.models.served(&self.model);
        app.activity.model(&self.model);
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
