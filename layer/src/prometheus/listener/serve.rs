//! Connections of the listener. Each is short, and there are never many: a slow client, or one that means ill, holds up nobody.

use std::{collections::VecDeque, convert::Infallible, io, net, sync::Arc, sync::mpsc, time::Duration};

use http::{Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::oneshot,
    task::AbortHandle,
};
use tower_service::Service as _;

use crate::prometheus::{Prometheus, service::refusal};

/// What is served, where, and for how long at most.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) prometheus: Prometheus,
    pub(super) path: Arc<str>,
    pub(super) timeout: Duration,
}

/// So many connections are open at a time; the oldest gives way to a new one.
const MAX_CONNECTIONS: usize = 32;
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
    let runtime = match Builder::new_current_thread().enable_io().enable_time().build() {
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
}

async fn accept(listener: TcpListener, site: Site) {
    let mut open = VecDeque::<AbortHandle>::with_capacity(MAX_CONNECTIONS);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= MAX_CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        open.push_back(tokio::spawn(connection(stream, site.clone())).abort_handle());
    }
}

/// One request, one answer. A client that breaks off or talks no HTTP loses its connection, and nothing else.
async fn connection(stream: TcpStream, site: Site) {
    let timeout = site.timeout;
    let service = service_fn(move |request| {
        let answer = site.answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .keep_alive(false)
        .max_buf_size(MAX_REQUEST)
        .serve_connection(TokioIo::new(stream), service);
    drop(tokio::time::timeout(timeout, served).await);
}

impl Site {
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Response<String>> + use<> {
        let mut prometheus = self.prometheus.clone();
        let path = Arc::clone(&self.path);
        async move {
            if request.uri().path() != &*path {
                return refusal(StatusCode::NOT_FOUND, format!("nothing here; metrics are at {path}\n"));
            }
            match prometheus.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
    }
}
