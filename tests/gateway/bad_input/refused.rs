//! Bodies that can't be served.

use llm_span_examples::provider::Provider;
use serde_json::json;

use super::{SECRET, error, hides, raw, setup};

const LIMIT: usize = 1000;

/// A request that is so long.
fn body(length: usize) -> String {
    let body = |padding| json!({ "model": "gpt-4o-mini", "input": format!("{SECRET}{}", "x".repeat(padding)) }).to_string();
    body(length - body(0).len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_long_is_refused_by_its_length_and_while_it_is_read() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().arguments(["--body-limit", &LIMIT.to_string()]).start(&provider);
    let ask = async |body: reqwest::Body| {
        let request = gateway.request("POST", "/v1/responses").header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    // Of an unknown length: it is sent in chunks.
    let chunked = |length| {
        let chunks: Vec<_> = body(length).into_bytes().chunks(100).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
        reqwest::Body::wrap_stream(futures_util::stream::iter(chunks))
    };
    for (of_length, in_chunks, status) in
        [(body(LIMIT), chunked(LIMIT), 200), (body(LIMIT + 1), chunked(LIMIT + 1), 413), (body(50_000), chunked(50_000), 413)]
    {
        for body in [of_length.into(), in_chunks] {
            let (found, text) = ask(body).await;
            assert_eq!(found, status, "{text}");
            if status == 413 {
                let [message, ..] = error(&text);
                assert!(message.unwrap().contains("send less") && !text.contains(SECRET), "{text}");
            }
        }
    }
    // Its body need not come.
    let head = "POST /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99999999999\r\n\r\n";
    assert_eq!(raw::send(gateway.address(), head.as_bytes()).await.status(), Some(413));

    let refused = [("method", "POST"), ("path", "/v1/responses"), ("status", "413")];
    gateway.scraped(|scrape| scrape.is("http_requests_total", &refused, 5)).await;
    assert_eq!(provider.served().requests, 2);
    hides(&gateway.stop(), SECRET);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_makes_no_sense_is_told_by_its_place_and_shows_nothing_of_itself() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let (responses, chat) = ("/v1/responses", "/v1/chat/completions");
    let cases = [
        (responses, format!(r#"{{"model": "gpt-4o", "input": "{SECRET}"#), None, "invalid_json"),
        (responses, format!(r#"{{"model": "gpt-4o", "input": {SECRET}}}"#), None, "invalid_json"),
        (responses, SECRET.to_owned(), None, "invalid_json"),
        (responses, String::new(), None, "invalid_json"),
        (responses, "[".repeat(100_000), None, "invalid_json"),
        (responses, format!(r#"["{SECRET}"]"#), None, ""),
        (responses, json!({ "input": SECRET }).to_string(), Some("model"), "missing_parameter"),
        (responses, json!({ "model": null, "input": SECRET }).to_string(), Some("model"), "missing_parameter"),
        (responses, json!({ "model": [SECRET], "input": SECRET }).to_string(), Some("model"), "invalid_type"),
        (responses, json!({ "model": SECRET.repeat(100), "input": "" }).to_string(), Some("model"), "invalid_value"),
        (responses, json!({ "model": format!("{SECRET}\n"), "input": "" }).to_string(), Some("model"), "invalid_value"),
        (responses, json!({ "model": "gpt-4o" }).to_string(), Some("input"), "missing_parameter"),
        (responses, json!({ "model": "gpt-4o", "input": 1 }).to_string(), Some("input"), "invalid_type"),
        (responses, json!({ "model": "gpt-4o", "input": [SECRET] }).to_string(), Some("input[0]"), "invalid_type"),
        (responses, json!({ "model": "gpt-4o", "input": "", "stream": SECRET }).to_string(), Some("stream"), "invalid_type"),
        (
            responses,
            json!({ "model": "gpt-4o", "input": "", "tools": [SECRET] }).to_string(),
            Some("tools"),
            "unsupported_parameter",
        ),
        (
            responses,
            json!({ "model": "gpt-4o", "input": "", "temperature": -1 }).to_string(),
            Some("temperature"),
            "invalid_value",
        ),
        (chat, json!({ "model": "gpt-4o", "messages": SECRET }).to_string(), Some("messages"), "invalid_type"),
        (chat, json!({ "model": "gpt-4o", "messages": [] }).to_string(), Some("messages"), ""),
        (
            chat,
            json!({ "model": "gpt-4o", "messages": [{ "role": SECRET, "content": SECRET }] }).to_string(),
            Some("messages[0].role"),
            "invalid_value",
        ),
        (
            chat,
            json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": { SECRET: 1 } }] }).to_string(),
            Some("messages[0].content"),
            "invalid_type",
        ),
    ];
    let count = cases.len();
    for (path, body, param, code) in cases {
        let request = gateway.request("POST", path).header("content-type", "application/json");
        let answer = request.body(body.clone()).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(status, 400, "{body}: {text}");
        assert!(!text.contains(SECRET), "{body}: {text}");
        let [message, found_param, found_code] = error(&text);
        assert_eq!((found_param.as_deref(), found_code.as_deref().unwrap_or_default()), (param, code), "{body}: {text}");
        assert!(message.is_some_and(|message| !message.is_empty()), "{body}: {text}");
    }
    // What is no JSON by its own word is not read.
    let request = gateway.request("POST", responses).header("content-type", "text/plain").body(SECRET);
    assert_eq!(request.send().await.unwrap().status(), 415);

    gateway.scraped(|scrape| scrape.is("http_requests_total", &[("status", "400")], count.try_into().unwrap())).await;
    assert_eq!(provider.served().requests, 0);
    hides(&gateway.stop(), SECRET);
}
