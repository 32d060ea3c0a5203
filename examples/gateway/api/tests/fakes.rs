//! A provider that says what it is told to, and a store that fails on request.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use tokio::sync::{Mutex as AsyncMutex, mpsc};

use crate::{
    provider::{Chunk, GenerateRequest, Generated, GeneratedStream, Provider, ProviderError, TokenUsage},
    store::{Addition, Conversation, ConversationStore, MemoryStore, StoreError},
};

/// What the provider is to tell next. While it was told nothing, it says nothing.
pub(super) enum Told {
    Whole(Result<Generated, ProviderError>),
    Chunk(Result<Chunk, ProviderError>),
    /// The stream ends.
    End,
}

/// The test's end of a provider.
pub(super) struct Fake {
    tell: mpsc::UnboundedSender<Told>,
    pub(super) asked: Arc<Mutex<Vec<GenerateRequest>>>,
    /// Streams and calls that are open.
    pub(super) open: Arc<AtomicUsize>,
}

pub(super) struct FakeProvider {
    told: Arc<AsyncMutex<mpsc::UnboundedReceiver<Told>>>,
    asked: Arc<Mutex<Vec<GenerateRequest>>>,
    open: Arc<AtomicUsize>,
}

pub(super) fn provider() -> (Fake, FakeProvider) {
    let (tell, told) = mpsc::unbounded_channel();
    let (asked, open) = <(Arc<Mutex<_>>, Arc<AtomicUsize>)>::default();
    let provider = FakeProvider { told: Arc::new(AsyncMutex::new(told)), asked: Arc::clone(&asked), open: Arc::clone(&open) };
    (Fake { tell, asked, open }, provider)
}

impl Fake {
    pub(super) fn tell(&self, told: Told) {
        self.tell.send(told).unwrap_or_else(|_| panic!("the provider is gone"));
    }

    pub(super) fn chunk(&self, text: &str) {
        self.tell(Told::Chunk(Ok(chunk(text))));
    }

    /// The rest of a stream: why it has ended, what it took, and the end.
    pub(super) fn end(&self, finish_reason: &str) {
        self.tell(Told::Chunk(Ok(Chunk { finish_reason: Some(finish_reason.into()), ..chunk("") })));
        self.tell(Told::Chunk(Ok(Chunk { usage: Some(USAGE), ..chunk("") })));
        self.tell(Told::End);
    }

    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

pub(super) const USAGE: TokenUsage = TokenUsage { input_tokens: 23, output_tokens: 156 };

pub(super) fn generated(text: &str) -> Generated {
    let model = "gpt-4o-mini-2024-07-18".into();
    Generated { id: "chatcmpl-1".into(), model, text: text.into(), finish_reason: Some("stop".into()), usage: Some(USAGE) }
}

pub(super) fn chunk(text: &str) -> Chunk {
    let model = Some("gpt-4o-mini-2024-07-18".into());
    Chunk { id: Some("chatcmpl-1".into()), model, text: text.into(), ..Chunk::default() }
}

/// Counts as open until it is dropped.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl FakeProvider {
    fn ask(&self, request: GenerateRequest) -> Open {
        self.asked.lock().unwrap().push(request);
        Open::new(&self.open)
    }
}

#[async_trait]
impl Provider for FakeProvider {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn generate(&self, request: GenerateRequest) -> Result<Generated, ProviderError> {
        let _open = self.ask(request);
        match self.told.lock().await.recv().await {
            Some(Told::Whole(generated)) => generated,
            _ => panic!("the test told no whole answer"),
        }
    }

    async fn generate_stream(&self, request: GenerateRequest) -> Result<GeneratedStream, ProviderError> {
        let told = Arc::clone(&self.told);
        Ok(stream::unfold((told, self.ask(request)), async |(told, open)| {
            let next = told.lock().await.recv().await;
            match next {
                Some(Told::Chunk(chunk)) => Some((chunk, (told, open))),
                Some(Told::End) => None,
                _ => panic!("the test told no chunk"),
            }
        })
        .boxed())
    }
}

/// A store that fails when it is told to.
#[derive(Default)]
pub(super) struct Shaky {
    pub(super) fails: AtomicBool,
    inner: MemoryStore,
}

/// What a backend says of itself: not for clients.
pub(super) const SECRET: &str = "disk /dev/sda1 is full";

impl Shaky {
    fn check(&self) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) { Err(StoreError::Backend(SECRET.into())) } else { Ok(()) }
    }
}

#[async_trait]
impl ConversationStore for Shaky {
    fn backend(&self) -> &'static str {
        "memory"
    }

    async fn get(&self, owner: Option<&str>, id: &str) -> Result<Conversation, StoreError> {
        self.check()?;
        self.inner.get(owner, id).await
    }

    async fn create(&self, conversation: Conversation) -> Result<(), StoreError> {
        self.check()?;
        self.inner.create(conversation).await
    }

    async fn append(&self, id: &str, addition: Addition) -> Result<(), StoreError> {
        self.check()?;
        self.inner.append(id, addition).await
    }

    async fn delete(&self, owner: Option<&str>, id: &str) -> Result<(), StoreError> {
        self.check()?;
        self.inner.delete(owner, id).await
    }

    async fn list(&self, owner: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Conversation>, StoreError> {
        self.check()?;
        self.inner.list(owner, after, limit).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.inner.count().await
    }
}
