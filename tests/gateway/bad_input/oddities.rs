//! What is no HTTP, or is two things at once, or never ends: it is answered or closed, and others don't notice.

use llm_span_examples::provider::Provider;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{raw, setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_could_be_read_in_two_ways_are_refused_or_closed() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let post =
        |headers: &str, rest: &str| format!("POST /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n{rest}");
    let hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    for bytes in [
        post("content-length: 5\r\ncontent-length: 6\r\n", hidden),
        post("content-length: +5\r\n", hidden),
        post("content-length: 5, 6\r\n", hidden),
        post("content-length: -1\r\n", hidden),
        post("content-length: 99999999999999999999999\r\n", hidden),
        post("content-length: 4\r\ntransfer-encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}")),
        post("transfer-encoding: chunked, identity\r\n", &format!("0\r\n\r\n{hidden}")),
        post("transfer-encoding: xchunked\r\n", &format!("0\r\n\r\n{hidden}")),
        post("transfer-encoding: chunked\r\n", &format!("zz\r\n{hidden}")),
        post("transfer-encoding: chunked\r\n", &format!("ffffffffffffffffff\r\n{hidden}")),
        post("transfer-encoding : chunked\r\n", hidden),
        post("x-folded: a\r\n b\r\ncontent-length: 5\r\ncontent-length: 6\r\n", hidden),
        "GET /\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03".to_owned(),
        "\0".repeat(10_000),
    ] {
        let answer = raw::send(gateway.address(), bytes.as_bytes()).await;
        assert!(
            answer.status().is_none_or(|status| (400..500).contains(&status)) && answer.count() <= 1,
            "{bytes:.120}: {answer:?}"
        );
    }
    // It goes by what comes later: none of the requests that were hidden in others was served.
    assert_eq!(raw::ask(gateway.address(), b"").await.status(), Some(200));
    let ended = gateway.stop();
    assert!(ended.is_well() && !ended.stdout.contains("/hidden"), "{ended:?}");
    assert_eq!(provider.served().requests, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_slowly_or_nothing_keeps_nobody_waiting() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let mut slow = Vec::new();
    for number in 0..150 {
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        let begun = ["", "POST /v1/res", "POST /v1/responses HTTP/1.1\r\ncontent-length: 9\r\n\r\n{"][number % 3];
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    for _ in 0..5 {
        assert_eq!(raw::ask(gateway.address(), b"").await.status(), Some(200));
    }
    // They hang up: a request that was begun ends by that.
    drop(slow);
    gateway.scraped(|scrape| scrape.is("http_requests_total", &[("path", "/v1/responses")], 55)).await;
    assert!(gateway.stop().is_well());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_a_body_and_does_not_go_on_is_told_so() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().arguments(["--time-limit", "0.2"]).start(&provider);
    for path in ["/v1/responses", "/v1/chat/completions"] {
        let begun = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{{\"model\":");
        let answer = raw::send(gateway.address(), begun.as_bytes()).await;
        assert_eq!((answer.status(), answer.count()), (Some(408), 1), "{answer:?}");
        gateway.scraped(|scrape| scrape.is("http_requests_total", &[("path", path), ("status", "408")], 1)).await;
    }
    assert_eq!(provider.served().requests, 0);
    assert!(gateway.stop().is_well());
}
