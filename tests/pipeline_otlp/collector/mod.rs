//! A Collector for tests: it takes all three signals by gRPC and HTTP on one port, keeps what it has received, and misbehaves on command.
//!
//! ```ignore
//! let collector = Collector::start();
//! // … a program sends to `collector.url()` …
//! assert!(collector.wait(|received| received.spans().len() == 3));
//!
//! collector.behave(Behaviour::status(503, Code::Unavailable).asking_for(Duration::from_secs(1)));
//! collector.close(); // nobody listens
//! collector.open(); // on the same port
//! ```
//!
//! It lives on a thread of its own, which has no `tracing` subscriber, and ends when it is dropped.

mod behaviour;
pub(crate) mod certificates;
mod grpc;
mod http;
mod listener;
mod received;

use std::{
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

pub(crate) use behaviour::Behaviour;
pub(crate) use received::{Received, Signal, attributes};

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// A Collector for tests.
pub(crate) struct Collector {
    address: SocketAddr,
    scheme: &'static str,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    listening: Mutex<Option<listener::Listening>>,
}

/// What connections share.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    received: Received,
    behaviour: Behaviour,
}

impl Collector {
    /// Listens on a free port of this machine, in plaintext.
    pub(crate) fn start() -> Self {
        Self::listen("http", None)
    }

    /// The same with TLS.
    pub(crate) fn with_tls(config: rustls::ServerConfig) -> Self {
        Self::listen("https", Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn listen(scheme: &'static str, tls: Option<TlsAcceptor>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("collector")
            .enable_all()
            .on_thread_start(|| {
                std::mem::forget(tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new()));
            })
            .build()
            .expect("a runtime");
        let shared = Arc::new(Shared::default());
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listening = listener::listen(&runtime, any, tls.clone(), &shared).expect("a free port");
        let address = listening.address;
        Self { address, scheme, tls, shared, runtime: Some(runtime), listening: Mutex::new(Some(listening)) }
    }

    /// `http://127.0.0.1:…`, for both protocols.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What becomes of requests from now on.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.shared.lock().behaviour = behaviour;
    }

    /// Closes the port and all connections.
    pub(crate) fn close(&self) {
        if let Some(listening) = self.listening.lock().expect("no panic").take() {
            listening.close(self.runtime());
        }
    }

    /// Listens again, on the same port.
    pub(crate) fn open(&self) {
        let until = Instant::now() + PATIENCE;
        let listening = loop {
            match listener::listen(self.runtime(), self.address, self.tls.clone(), &self.shared) {
                Ok(listening) => break listening,
                Err(error) => assert!(Instant::now() < until, "the port is not free again: {error}"),
            }
            std::thread::yield_now();
        };
        *self.listening.lock().expect("no panic") = Some(listening);
    }

    /// What has come so far.
    pub(crate) fn received(&self) -> Received {
        self.shared.lock().received.clone()
    }

    /// Waits until what has come is as told; `false` where it is not in time.
    pub(crate) fn wait(&self, is_there: impl Fn(&Received) -> bool) -> bool {
        self.wait_for(PATIENCE, is_there)
    }

    /// The same for so long at most.
    pub(crate) fn wait_for(&self, timeout: Duration, is_there: impl Fn(&Received) -> bool) -> bool {
        let until = Instant::now() + timeout;
        let mut state = self.shared.lock();
        loop {
            if is_there(&state.received) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it lives as long as this")
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has arrived: what is to become of it.
    fn arrived(&self, signal: Option<Signal>) -> Behaviour {
        let mut state = self.lock();
        state.received.attempts.push((Instant::now(), signal));
        let now = state.behaviour.take_one();
        drop(state);
        self.changed.notify_all();
        now
    }

    /// A request was taken.
    fn keep(&self, request: received::Request) {
        self.lock().received.requests.push(request);
        self.changed.notify_all();
    }
}
