#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::{body::Body, extract::ConnectInfo, routing::get};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::{Notify, mpsc},
    task::JoinHandle,
};

use super::{
    super::{Stop, bind, stop},
    *,
};

/// Longer than a test takes.
const LONG: Duration = Duration::from_secs(3600);

/// A server that runs.
struct Running {
    address: SocketAddr,
    stop: Stop,
    ended: JoinHandle<io::Result<Ended>>,
}

impl Running {
    fn new(router: Router, grace: Duration) -> Self {
        let listener = bind(([127, 0, 0, 1], 0).into(), false).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = stop();
        Self { address, stop, ended: tokio::spawn(serve(listener, router, stopping, grace)) }
    }

    /// A client that has sent this.
    async fn client(&self, head: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(head.as_bytes()).await.unwrap();
        client
    }

    async fn ended(self) -> Ended {
        self.ended.await.unwrap().unwrap()
    }
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")
}

/// All that comes until the server closes the connection.
async fn rest(client: &mut TcpStream) -> String {
    let mut all = String::new();
    client.read_to_string(&mut all).await.unwrap();
    all
}

/// What comes until this has come.
async fn until(client: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains(end) {
        assert_ne!(client.read_buf(&mut all).await.unwrap(), 0, "closed too early: {}", String::from_utf8_lossy(&all));
    }
    String::from_utf8(all).unwrap()
}

/// Tells when it is dropped.
struct Tells(mpsc::UnboundedSender<&'static str>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// A route that tells when it has begun and when it is over, and waits until it is let go.
fn waits(go: &Arc<Notify>) -> (Router, mpsc::UnboundedReceiver<&'static str>) {
    let (tell, told) = mpsc::unbounded_channel();
    let go = Arc::clone(go);
    let handler = async move || {
        let dropped = Tells(tell.clone());
        tell.send("begun").unwrap();
        go.notified().await;
        drop(dropped);
        "done"
    };
    (Router::new().route("/", get(handler)), told)
}

#[tokio::test]
async fn a_request_under_way_ends_and_its_connection_with_it() {
    let go = Arc::new(Notify::new());
    let (router, mut told) = waits(&go);
    let server = Running::new(router, LONG);
    let mut client = server.client(&request("/")).await;
    assert_eq!(told.recv().await, Some("begun"));
    server.stop.gently("test");
    // Refused, or, where it was still in time, closed: in both cases the end has begun.
    if let Ok(mut late) = TcpStream::connect(server.address).await {
        assert_eq!(late.read(&mut [0]).await.unwrap_or(0), 0);
    }
    go.notify_one();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close") && answer.ends_with("done"), "{answer}");
    let ended = server.ended().await;
    assert_eq!(ended.cut, 0);
    assert!(!ended.left.is_zero());
}

#[tokio::test]
async fn a_stream_under_way_is_streamed_to_its_end() {
    let (chunks, body) = mpsc::unbounded_channel::<&str>();
    let body = Arc::new(tokio::sync::Mutex::new(Some(body)));
    let handler = async move || {
        let body = body.lock().await.take().unwrap();
        let chunks = futures_util::stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
        Body::from_stream(chunks.map(|chunk| Ok::<_, io::Error>(Bytes::from(chunk))))
    };
    let server = Running::new(Router::new().route("/", get(handler)), LONG);
    let mut client = server.client(&request("/")).await;
    chunks.send("first").unwrap();
    until(&mut client, "first").await;
    server.stop.gently("test");
    chunks.send("second").unwrap();
    until(&mut client, "second").await;
    drop(chunks);
    assert!(rest(&mut client).await.ends_with("0\r\n\r\n"), "the last chunk");
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Running::new(Router::new().route("/", get(async || "done")), LONG);
    let mut client = server.client(&request("/")).await;
    let answer = until(&mut client, "done").await;
    assert!(!answer.contains("connection: close"), "{answer}");
    server.stop.gently("test");
    assert_eq!(rest(&mut client).await, "");
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn a_request_that_takes_longer_than_the_grace_time_is_cut() {
    let (router, mut told) = waits(&Arc::new(Notify::new()));
    let server = Running::new(router, Duration::from_millis(50));
    let mut client = server.client(&request("/")).await;
    assert_eq!(told.recv().await, Some("begun"));
    server.stop.gently("test");
    assert_eq!(told.recv().await, Some("dropped"));
    assert_eq!(rest(&mut client).await, "");
    assert_eq!(server.ended().await, Ended { cut: 1, left: Duration::ZERO });
}

#[tokio::test]
async fn asked_to_stop_at_once_it_does_not_wait() {
    let (router, mut told) = waits(&Arc::new(Notify::new()));
    let server = Running::new(router, LONG);
    let _client = server.client(&request("/")).await;
    assert_eq!(told.recv().await, Some("begun"));
    server.stop.gently("test");
    server.stop.at_once("test");
    assert_eq!(server.ended().await, Ended { cut: 1, left: Duration::ZERO });
}

#[tokio::test]
async fn a_client_that_sends_no_request_holds_up_nothing_and_is_not_counted() {
    let server = Running::new(Router::new(), LONG);
    let mut silent = server.client("GET / HTTP/1.1\r\n").await;
    // Connections are accepted in their order.
    let mut other = server.client(&request("/")).await;
    until(&mut other, "404").await;
    server.stop.gently("test");
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn who_has_connected_before_the_end_is_answered() {
    let listener = bind(([127, 0, 0, 1], 0).into(), false).unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.write_all(request("/").as_bytes()).await.unwrap();
    let (stop, stopping) = stop();
    stop.gently("test");
    let ended = tokio::spawn(serve(listener, Router::new().route("/", get(async || "done")), stopping, LONG));
    let answer = rest(&mut client).await;
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(ended.await.unwrap().unwrap().cut, 0);
}

#[tokio::test]
async fn a_handler_knows_who_asks() {
    let handler = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
    let server = Running::new(Router::new().route("/", get(handler)), LONG);
    let mut client = server.client(&request("/")).await;
    let own = client.local_addr().unwrap().to_string();
    until(&mut client, &own).await;
    server.stop.gently("test");
    assert_eq!(server.ended().await.cut, 0);
}
