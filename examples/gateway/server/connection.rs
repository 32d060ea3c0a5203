//! One connection, from its first request to its end.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    sync::{Notify, watch},
    time::sleep,
};

use super::rest::WithRest;

/// Whoever does not send the head of a request in this time is sent away, be it the first one or the next.
const HEAD: Duration = Duration::from_secs(30);

/// A connection that was made before the end, but sent no request so far, may send it for so long.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How far the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Phase {
    Serving,
    /// What is under way may end; nothing new begins.
    Ending,
    /// What is under way is dropped.
    Cut,
}

/// What all connections share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) router: Router,
    /// Requests that were dropped.
    pub(super) cut: Arc<AtomicUsize>,
}

/// Serves the requests of a connection. It is over when this is.
pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, shared: Shared, mut phase: watch::Receiver<Phase>) {
    // Chunks of streams are small, and awaited.
    drop(stream.set_nodelay(true));
    let has_asked = Arc::new(AtomicBool::new(false));
    let has_begun = Arc::new(Notify::new());
    let (asks, begins) = (Arc::clone(&has_asked), Arc::clone(&has_begun));
    let router = TowerToHyperService::new(shared.router);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        if !asks.swap(true, Ordering::Relaxed) {
            begins.notify_one();
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request.map(WithRest::new))
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));

    // What goes wrong with a connection is its client's affair: it went away, or sent no HTTP.
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        _ = phase.wait_for(|phase| *phase >= Phase::Ending) => {}
    }
    // Told to end it would close a connection whose first request is on its way.
    if !has_asked.load(Ordering::Relaxed) {
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = has_begun.notified() => {}
            _ = phase.wait_for(|phase| *phase >= Phase::Cut) => return,
            () = sleep(FIRST_REQUEST) => return,
        }
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        _ = connection => return,
        _ = phase.wait_for(|phase| *phase >= Phase::Cut) => {}
    }
    // One that is still there has not got all of its answer: between requests it would have been closed.
    shared.cut.fetch_add(1, Ordering::Relaxed);
}
