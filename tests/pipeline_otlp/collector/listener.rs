//! Connections: plaintext or TLS, HTTP/1.1 or HTTP/2, as they come.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, mpsc},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    runtime::Runtime,
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::{Behaviour, Shared, grpc, http as over_http, received::Signal};

pub(super) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// A port that is listened on, and its connections.
pub(super) struct Listening {
    pub(super) address: SocketAddr,
    accepts: JoinHandle<()>,
    /// Tells them to end.
    connections: watch::Sender<()>,
}

pub(super) fn listen(
    runtime: &Runtime,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    shared: &Arc<Shared>,
) -> io::Result<Listening> {
    // Not by the runtime: a test may be an async function, which can't wait for another runtime.
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = {
        let _entered = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let (connections, ends) = watch::channel(());
    let accepts = runtime.spawn(accept(listener, tls, Arc::clone(shared), ends));
    Ok(Listening { address, accepts, connections })
}

impl Listening {
    pub(super) fn close(self, runtime: &Runtime) {
        let (closed, is_closed) = mpsc::channel();
        self.accepts.abort();
        runtime.spawn(async move {
            // The listener is gone with its task.
            let _ = self.accepts.await;
            // Each connection has a receiver, and drops it when it has ended.
            let _ = self.connections.send(());
            self.connections.closed().await;
            let _ = closed.send(());
        });
        let _ = is_closed.recv();
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>, ends: watch::Receiver<()>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, shared, mut ends) = (tls.clone(), Arc::clone(&shared), ends.clone());
        tokio::spawn(async move {
            let connection = async {
                match tls {
                    None => serve(stream, shared).await,
                    Some(tls) => {
                        // A handshake that fails is the client's to tell.
                        if let Ok(stream) = tls.accept(stream).await {
                            serve(stream, shared).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = connection => {}
                _ = ends.changed() => {}
            }
        });
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, shared: Arc<Shared>) {
    let dies = Arc::new(Notify::new());
    let service = service_fn({
        let dies = Arc::clone(&dies);
        move |request| answer(request, Arc::clone(&shared), Arc::clone(&dies))
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = connection => {}
        () = dies.notified() => {}
    }
}

async fn answer(mut request: Request<Incoming>, shared: Arc<Shared>, dies: Arc<Notify>) -> Result<Response<Body>, Infallible> {
    let behaviour = shared.arrived(Signal::of_path(request.uri().path()));
    match behaviour {
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Die => {
            // After the first part of it.
            let _ = request.frame().await;
            dies.notify_one();
            std::future::pending().await
        }
        behaviour if is_grpc(&request) => Ok(grpc::answer(request, behaviour, shared).await),
        behaviour => Ok(over_http::answer(request, behaviour, &shared).await),
    }
}

fn is_grpc(request: &Request<Incoming>) -> bool {
    request.headers().get(http::header::CONTENT_TYPE).is_some_and(|of| of.as_bytes().starts_with(b"application/grpc"))
}
