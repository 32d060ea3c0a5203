//! A provider that needs no network: an HTTP server on a loopback port that answers as the OpenAI API does.
//!
//! What it answers depends on the model that is asked for, see [`Model`].

mod chat;
mod error;
mod http;
mod models;

use std::{io, net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};

pub use models::Model;

/// How long an answer under way may take once the provider shuts down.
const PATIENCE: Duration = Duration::from_secs(1);

/// A running provider. Dropped, it takes no further connection and closes each one after the answer under way.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    /// Dropped with the provider, which is what tells the server to stop.
    alive: watch::Sender<()>,
    server: tokio::task::JoinHandle<()>,
}

impl Provider {
    /// Starts a provider on a free loopback port, on the runtime it is called in.
    ///
    /// # Errors
    ///
    /// The port could not be opened.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (alive, stopped) = watch::channel(());
        let server = tokio::spawn(serve(listener, stopped));
        Ok(Self { address, alive, server })
    }

    /// What a client takes for its base address: `http://127.0.0.1:<port>/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Stops, and waits until the last answer is sent.
    pub async fn stop(self) {
        drop(self.alive);
        // The server only fails when its runtime is gone, and it with it.
        let _ = self.server.await;
    }
}

async fn serve(listener: TcpListener, mut stopped: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(http::connection(stream, stopped.clone()))),
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
