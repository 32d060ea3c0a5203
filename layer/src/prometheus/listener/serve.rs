//! Connections of the listener. Each is short, and there are never many: a slow client, or one that means ill, holds up nobody.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io, net,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use http::{Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::{Semaphore, oneshot},
    task::{AbortHandle, spawn_blocking},
    time::{Instant, timeout_at},
};

use crate::prometheus::{
    Prometheus,
    service::{refusal, refused},
};

/// What is served, where, and for how long at most.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) prometheus: Prometheus,
    pub(super) path: Arc<str>,
    pub(super) timeout: Duration,
    /// Room for those that collect.
    pub(super) room: Arc<Semaphore>,
}

/// So many scrapes collect at a time, each on a thread of its own, since callbacks of gauges may be slow; the others wait for them.
pub(super) const MAX_SCRAPES: usize = 4;
/// So many connections are open at a time; the oldest that has not asked yet gives way to a new one.
const MAX_CONNECTIONS: usize = 32;
/// The name of the threads.
pub(super) const THREAD: &str = "llm-span metrics";
/// A request of a scraper has some hundred bytes.
const MAX_REQUEST: usize = 16 * 1024;
/// How long to wait where the system can't accept a connection: it has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is sent or its sender dropped. Says first whether it could begin.
pub(super) fn run(
    listener: net::TcpListener,
    site: Site,
    stop: oneshot::Receiver<()>,
    started: &mpsc::SyncSender<io::Result<()>>,
) {
    // The runtime is made here, since one must not be dropped within another, in which the listener may be started.
    let mut builder = Builder::new_current_thread();
    let builder = builder.enable_io().enable_time().max_blocking_threads(MAX_SCRAPES).thread_name(THREAD);
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error))),
    };
    runtime.block_on(async {
        match TcpListener::from_std(listener) {
            Ok(listener) => {
                drop(started.send(Ok(())));
                tokio::spawn(accept(listener, site));
                // Connections that are still open end with the runtime.
                drop(stop.await);
            }
            Err(error) => drop(started.send(Err(error))),
        }
    });
    // A callback that blocks is not waited for.
    runtime.shutdown_background();
}

/// A connection that is open.
struct Connection {
    task: AbortHandle,
    /// Whether its request has come.
    has_asked: Arc<AtomicBool>,
}

async fn accept(listener: TcpListener, site: Site) {
    let mut open = VecDeque::<Connection>::with_capacity(MAX_CONNECTIONS);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        open.retain(|connection| !connection.task.is_finished());
        if open.len() >= MAX_CONNECTIONS {
            let silent = open.iter().position(|connection| !connection.has_asked.load(Ordering::Relaxed));
            if let Some(oldest) = open.remove(silent.unwrap_or(0)) {
                oldest.task.abort();
            }
        }
        let has_asked = Arc::<AtomicBool>::default();
        let task = tokio::spawn(connection(stream, site.clone(), Arc::clone(&has_asked))).abort_handle();
        open.push_back(Connection { task, has_asked });
    }
}

/// One request, one answer. A client that breaks off or talks no HTTP loses its connection, and nothing else.
async fn connection(stream: TcpStream, site: Site, has_asked: Arc<AtomicBool>) {
    let (began, timeout) = (Instant::now(), site.timeout);
    // What is left is for the answer that says so.
    let collected_by = began + timeout / 10 * 9;
    let service = service_fn(move |request| {
        has_asked.store(true, Ordering::Relaxed);
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(request, collected_by).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .keep_alive(false)
        .max_buf_size(MAX_REQUEST)
        .serve_connection(TokioIo::new(stream), service);
    drop(timeout_at(began + timeout, served).await);
}

impl Site {
    async fn answer(&self, request: Request<Incoming>, collected_by: Instant) -> Response<String> {
        if request.uri().path() != &*self.path {
            return refusal(StatusCode::NOT_FOUND, format!("nothing here; metrics are at {}\n", self.path));
        }
        if let Some(refused) = refused(request.method()) {
            return refused;
        }
        match timeout_at(collected_by, self.collect(request)).await {
            Ok(Some(response)) => response,
            Ok(None) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "the metrics can't be collected\n".to_owned()),
            Err(_) => {
                let why = format!(
                    "the metrics were not collected within {:?}: does the callback of a gauge block?\n",
                    self.timeout / 10 * 9
                );
                refusal(StatusCode::SERVICE_UNAVAILABLE, why)
            }
        }
    }

    /// The metrics, collected on another thread, so that others are answered meanwhile; `None` where that has panicked.
    async fn collect(&self, request: Request<Incoming>) -> Option<Response<String>> {
        let place = Arc::clone(&self.room).acquire_owned().await.ok()?;
        let prometheus = self.prometheus.clone();
        let (request, _) = request.into_parts();
        // Should nobody wait for it any more, it keeps its place until the callbacks have returned.
        let collected = spawn_blocking(move || {
            let told = prometheus.told(&request.method, &request.headers);
            drop(place);
            told
        });
        collected.await.ok()
    }
}
