//! A client that does one request, and goes whenever it wants.

use std::{io, net::SocketAddr};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::process::FOR_EVER;

/// Such a client. Dropped, it hangs up.
pub(crate) struct Client {
    stream: TcpStream,
    got: Vec<u8>,
}

/// What a client has got when the connection was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// No byte: its request was not taken up.
    Nothing,
    /// A status, and the body as it was sent.
    Whole(u16, String),
    /// An answer that has no end.
    Broken(String),
}

impl Client {
    /// Connects, and sends a request; the connection is closed after its answer.
    pub(crate) async fn ask(server: SocketAddr, path: &str, body: &Value) -> io::Result<Self> {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\nauthorization: Bearer test\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(server).await?;
        stream.write_all((head + &body).as_bytes()).await?;
        Ok(Self { stream, got: Vec::new() })
    }

    /// Reads until this has come.
    pub(crate) async fn until(&mut self, text: &str) {
        let read = async {
            while !self.got.windows(text.len()).any(|window| window == text.as_bytes()) {
                assert_ne!(self.stream.read_buf(&mut self.got).await.unwrap(), 0, "closed before {text}: {}", self.text());
            }
        };
        timeout(FOR_EVER, read).await.unwrap();
    }

    /// Reads until the connection is closed.
    pub(crate) async fn rest(mut self) -> Got {
        let read = async { while self.stream.read_buf(&mut self.got).await.is_ok_and(|read| read > 0) {} };
        timeout(FOR_EVER, read).await.unwrap();
        got(&self.text())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.got).into_owned()
    }
}

fn got(text: &str) -> Got {
    let broken = || Got::Broken(text.to_owned());
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return if text.is_empty() { Got::Nothing } else { broken() };
    };
    let Some(status) = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()) else { return broken() };
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|found| found.1))
    };
    let is_whole = match header("content-length") {
        Some(length) => length.parse() == Ok(body.len()),
        None => header("transfer-encoding") == Some("chunked") && body.ends_with("\r\n0\r\n\r\n"),
    };
    if is_whole { Got::Whole(status, body.to_owned()) } else { broken() }
}

#[test]
fn an_answer_that_was_cut_is_none() {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let stream = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    assert_eq!(got(whole), Got::Whole(200, "ok".to_owned()));
    assert!(matches!(got(stream), Got::Whole(200, _)));
    assert_eq!(got(""), Got::Nothing);
    for text in [whole, stream] {
        assert!((1..text.len()).all(|end| got(&text[..end]) == Got::Broken(text[..end].to_owned())), "{text}");
    }
}
