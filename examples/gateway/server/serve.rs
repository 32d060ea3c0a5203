//! Serves requests until it is told to stop.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{
    connection::{self, Phase, Shared},
    listen::BACKLOG,
    stop::Stopping,
};

/// The system may have no room for a connection for a while: as many files are open as may be.
const NO_ROOM: Duration = Duration::from_millis(200);

/// What is dropped is gone in this time, unless a handler blocks.
const DROPPED: Duration = Duration::from_secs(1);

/// How the server has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what else has to end has the time that is left"]
pub(crate) struct Ended {
    /// So many requests were under way when their time was over.
    pub(crate) cut: usize,
    /// What is left of the grace time: none where it was ended at once.
    pub(crate) left: Duration,
}

/// Serves requests. Once it is told to stop it takes no more connections and closes those between requests; requests under way, streamed or not, may
/// take the grace time, unless it is told to stop at once. What is not done then is dropped.
///
/// # Errors
///
/// Where the listener can't be used. A connection that can't be accepted is no error.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    router: Router,
    mut stopping: Stopping,
    grace: Duration,
) -> io::Result<Ended> {
    let listener = TcpListener::from_std(listener)?;
    let (phase, _) = watch::channel(Phase::Serving);
    let shared = Shared { router, cut: Arc::new(AtomicUsize::new(0)) };
    let spawn = |(stream, peer): (TcpStream, SocketAddr)| {
        tokio::spawn(connection::serve(stream, peer, shared.clone(), phase.subscribe()));
    };
    let mut accept = Accept { listener, is_failing: false };
    let by = loop {
        tokio::select! {
            biased;
            by = stopping.asked() => break by,
            accepted = accept.next() => spawn(accepted),
        }
    };
    let began = Instant::now();
    accept.waiting()?.into_iter().for_each(spawn);
    phase.send_replace(Phase::Ending);
    tracing::info!(by, connections = phase.receiver_count(), grace = ?grace, "stopping: requests under way may end");

    let is_at_once = tokio::select! {
        biased;
        () = phase.closed() => false,
        _ = stopping.at_once() => true,
        () = sleep(grace) => false,
    };
    phase.send_replace(Phase::Cut);
    if timeout(DROPPED, phase.closed()).await.is_err() {
        tracing::warn!(connections = phase.receiver_count(), "handlers do not yield: they end with the program");
    }
    let cut = shared.cut.load(Ordering::Relaxed);
    match (cut, is_at_once) {
        (0, _) => tracing::info!("stopped: all requests have ended"),
        (_, true) => tracing::warn!(cut, "stopped at once: requests under way were cut"),
        (_, false) => tracing::warn!(cut, "stopped: requests were still under way when the grace time was over, and were cut"),
    }
    let left = if is_at_once { Duration::ZERO } else { grace.saturating_sub(began.elapsed()) };
    Ok(Ended { cut, left })
}

/// Accepts connections, whatever happens.
struct Accept {
    listener: TcpListener,
    /// Whether it was told that connections can't be accepted.
    is_failing: bool,
}

impl Accept {
    async fn next(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => {
                    self.is_failing = false;
                    return accepted;
                }
                Err(error) if is_of_one(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut self.is_failing, true) {
                        tracing::error!(%error, "connections can't be accepted; it is tried on");
                    }
                    sleep(NO_ROOM).await;
                }
            }
        }
    }

    /// Those whose clients see them as made already; then nobody listens any more.
    fn waiting(self) -> io::Result<Vec<(TcpStream, SocketAddr)>> {
        let listener = self.listener.into_std()?;
        let accepted = std::iter::from_fn(|| listener.accept().ok()).take(BACKLOG.into());
        let usable = accepted.filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        });
        Ok(usable.collect())
    }
}

/// Whether a connection failed before it was accepted: the next may be sound.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests;
