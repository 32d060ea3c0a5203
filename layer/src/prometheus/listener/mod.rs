//! The endpoint by itself: a listener and a thread of its own, for programs that serve no HTTP.

mod error;
mod path;
mod serve;

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs as _},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

pub use error::ListenError;
use tokio::sync::{Semaphore, oneshot};

use super::Prometheus;

/// Where metrics are served, before they are: made by [`Prometheus::listener`].
///
/// ```
/// use llm_span::Prometheus;
///
/// let prometheus = Prometheus::new();
/// let listening = prometheus.listener().address("127.0.0.1:0").path("/metrics").start()?;
/// println!("metrics at http://{}/metrics", listening.local_addr());
/// listening.stop();
/// # Ok::<(), llm_span::ListenError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing listens before `start()`"]
pub struct PrometheusListener {
    prometheus: Prometheus,
    address: String,
    path: String,
    timeout: Duration,
}

/// The port that OpenTelemetry names for exporters to Prometheus, seen from this machine alone.
const ADDRESS: &str = "127.0.0.1:9464";
const PATH: &str = "/metrics";
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than any scrape; what is longer than the clock reaches could not be counted.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl PrometheusListener {
    pub(super) fn new(prometheus: Prometheus) -> Self {
        Self { prometheus, address: ADDRESS.to_owned(), path: PATH.to_owned(), timeout: TIMEOUT }
    }

    /// The address and the port; `127.0.0.1:9464` unless told. Port 0 takes a free one, see [`Listening::local_addr`].
    ///
    /// Metrics name models and users' routes: `0.0.0.0:9464` shows them to whoever reaches the machine.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// The path, as clients send it: `/caf%C3%A9` for `/café`; `/metrics` unless told. Others are answered with 404.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// For how long a connection may last, its request and its answer together, a day at most; 10 s unless told. A client that is slower
    /// loses it. Where a callback of a gauge takes longer, the answer is 503.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Listens, on a thread of its own, until what is returned is dropped. It needs no runtime, and may be called within one.
    ///
    /// Callbacks of gauges run on further threads, at most four at a time: while one is slow, others are answered.
    ///
    /// # Errors
    ///
    /// The path is none, the timeout is none, the address is none or can't be listened on, or the thread can't be started.
    pub fn start(self) -> Result<Listening, ListenError> {
        if !path::is_one(&self.path) {
            return Err(ListenError::Path { path: self.path });
        }
        if self.timeout.is_zero() || self.timeout > MAX_TIMEOUT {
            return Err(ListenError::Timeout { timeout: self.timeout });
        }
        let (listener, address) = bind(&self.address)?;
        let (stop, stopped) = oneshot::channel();
        let (started, start) = mpsc::sync_channel(1);
        let Self { prometheus, path, timeout, .. } = self;
        let room = Arc::new(Semaphore::new(serve::MAX_SCRAPES));
        let site = serve::Site { prometheus, path: path.into(), timeout, room };
        let thread = thread::Builder::new()
            .name(serve::THREAD.to_owned())
            .spawn(move || serve::run(listener, site, stopped, &started))
            .map_err(ListenError::Start)?;
        let listening = Listening { address, stop: Some(stop), thread: Some(thread) };
        match start.recv() {
            Ok(Ok(())) => Ok(listening),
            Ok(Err(error)) => Err(ListenError::Start(error)),
            Err(mpsc::RecvError) => Err(ListenError::Start(io::Error::other("its thread has ended"))),
        }
    }
}

fn bind(address: &str) -> Result<(TcpListener, SocketAddr), ListenError> {
    let addresses = address.to_socket_addrs().map_err(|error| ListenError::Address { address: address.to_owned(), error })?;
    let bound = TcpListener::bind(&addresses.collect::<Vec<_>>()[..]).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| ListenError::Listen { address: address.to_owned(), error })
}

/// A listener at work. It stops when this is dropped.
#[must_use = "it stops listening when this is dropped"]
pub struct Listening {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Where it listens; with the port that was taken where it was asked for any.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops, and returns when the port is free again. A callback that runs just then is not waited for.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A callback that runs at a scrape may hold this, too: it is on another thread. Whether that one has panicked changes nothing.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("address", &self.address).finish_non_exhaustive()
    }
}
