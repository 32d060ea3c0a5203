//! Bytes on a connection, be they HTTP or not.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::process::FOR_EVER;

/// What was answered before the connection was closed.
#[derive(Debug)]
pub(super) struct Answer(String);

/// Sends these bytes, and reads until the connection is closed.
pub(super) async fn send(server: SocketAddr, bytes: &[u8]) -> Answer {
    let (mut read, mut write) = TcpStream::connect(server).await.unwrap().into_split();
    let mut got = Vec::new();
    // Who refuses a request need not read it to its end.
    let sends = async { drop(write.write_all(bytes).await) };
    let reads = async { while read.read_buf(&mut got).await.is_ok_and(|read| read > 0) {} };
    timeout(FOR_EVER, async { tokio::join!(sends, reads) }).await.expect("it is closed");
    drop(write);
    Answer(String::from_utf8_lossy(&got).into_owned())
}

/// A request of a response with this header, of which it is the last of its connection.
pub(super) async fn ask(server: SocketAddr, headers: &[u8]) -> Answer {
    let body = r#"{"model":"gpt-4o-mini","input":"test"}"#;
    let head =
        format!("POST /v1/responses HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    send(server, &[head.as_bytes(), headers, b"\r\n", body.as_bytes()].concat()).await
}

impl Answer {
    /// `None` where it was closed without a word.
    pub(super) fn status(&self) -> Option<u16> {
        self.0.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let head = self.0.split("\r\n\r\n").next()?;
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// How many answers have come.
    pub(super) fn count(&self) -> usize {
        self.0.matches("HTTP/1.1 ").count()
    }
}
