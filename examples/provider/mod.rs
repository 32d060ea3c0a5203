//! A provider that needs no network: an HTTP server on a loopback port that answers as the OpenAI API does.
//!
//! It serves `/v1/chat/completions` and `/v1/responses`, whole and streamed, `/v1/embeddings` and `/v1/models`. What goes wrong
//! depends on the model that is asked for, see [`Model`].
//!
//! Answers and counts of tokens are always the same:
//!
//! | answer | prompt | completion |
//! |---|---|---|
//! | a text | 128 | 64 |
//! | calls of tools: one for each tool that the request offers | 128 | 16 a call |
//! | a text, when tools have answered since the user asked | 128, and 32 a result | 64 |
//! | embeddings | 8 a text | |
//!
//! What was served can be counted: [`Provider::served`].

mod answer;
mod arguments;
mod body;
mod chat;
mod embeddings;
mod error;
mod http;
mod models;
mod reply;
mod responses;
mod served;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};

pub use models::Model;
pub use served::Served;

/// How long an answer under way may take once the provider shuts down.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Time before the first event of a stream. 20 ms unless told.
    pub first_chunk: Duration,
    /// Time before each other event. 1 ms unless told.
    pub between_chunks: Duration,
    /// Time before [`Model::Slow`] answers, streamed or not. 10 s unless told.
    pub slow: Duration,
    /// Requests that fail before [`Model::Flaky`] answers. 2 unless told.
    pub failures: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let (first_chunk, between_chunks) = (Duration::from_millis(20), Duration::from_millis(1));
        Self { first_chunk, between_chunks, slow: Duration::from_secs(10), failures: 2 }
    }
}

/// A running provider. Dropped, it takes no further connection and closes each one after the answer under way.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    state: Arc<State>,
    /// Dropped with the provider, which is what tells the server to stop.
    alive: watch::Sender<()>,
    server: tokio::task::JoinHandle<()>,
}

/// What the connections of a provider share.
#[derive(Debug)]
struct State {
    settings: Settings,
    ledger: served::Ledger,
    failures: models::Failures,
    answers: AtomicU64,
}

impl State {
    /// What tells an answer from the others: its number and the second it was made in.
    fn stamp(&self) -> (String, u64) {
        let number = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        (format!("{number:012}"), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

impl Provider {
    /// Starts a provider on a free loopback port, on the runtime it is called in.
    ///
    /// # Errors
    ///
    /// The port could not be opened.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// Starts a provider that behaves as `settings` say.
    ///
    /// ```ignore
    /// let settings = Settings { first_chunk: Duration::from_millis(200), ..Settings::default() };
    /// let provider = Provider::start_with(settings).await?;
    /// ```
    ///
    /// # Errors
    ///
    /// The port could not be opened.
    pub async fn start_with(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (alive, stopped) = watch::channel(());
        let failures = models::Failures::new(settings.failures);
        let state = Arc::new(State { settings, ledger: served::Ledger::default(), failures, answers: AtomicU64::new(0) });
        let server = tokio::spawn(serve(listener, stopped, Arc::clone(&state)));
        Ok(Self { address, state, alive, server })
    }

    /// What a client takes for its base address: `http://127.0.0.1:<port>/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What was served so far.
    pub fn served(&self) -> Served {
        self.state.ledger.served()
    }

    /// Waits until `condition` holds for what was served, as for a client that hung up, which is noticed a little later:
    ///
    /// ```ignore
    /// let served = provider.served_when(|served| served.cut_off == 1).await;
    /// ```
    pub async fn served_when(&self, condition: impl FnMut(&Served) -> bool) -> Served {
        self.state.ledger.wait_for(condition).await
    }

    /// Stops, and waits until the last answer is sent.
    pub async fn stop(self) {
        drop(self.alive);
        // The server only fails when its runtime is gone, and it with it.
        let _ = self.server.await;
    }
}

async fn serve(listener: TcpListener, mut stopped: watch::Receiver<()>, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(http::connection(stream, stopped.clone(), Arc::clone(&state)))),
                // Out of file descriptors, or the client is gone again: both pass.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(PATIENCE, async { while connections.join_next().await.is_some() {} }).await;
}

#[cfg(test)]
mod tests;
