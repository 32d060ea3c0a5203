//! What becomes of requests whose provider fails.

use llm_span_examples::provider::Provider;
use serde_json::{Value, json};

use super::{SECRET, error, hides, setup};

/// A model, and what comes of it: the status and code of an answer, the same where it is streamed, and `error.type` of both in the log.
type Case = (&'static str, (u16, &'static str), (u16, &'static str), [&'static str; 2]);

const CASES: [Case; 5] = [
    ("gpt-4o-rate-limited", (429, "rate_limit_exceeded"), (429, "rate_limit_exceeded"), ["429", "429"]),
    ("gpt-4o-broken", (502, ""), (502, ""), ["failed", "failed"]),
    ("gpt-4o-breaks-off", (502, ""), (200, ""), ["unreachable", "unreachable"]),
    ("gpt-4o-fails-midway", (502, ""), (200, ""), ["failed", "failed"]),
    ("gpt-unknown", (404, "model_not_found"), (404, "model_not_found"), ["404", "404"]),
];

/// The body of a request, by its path.
fn body(path: &str, model: &str, stream: bool) -> Value {
    if path == "/v1/responses" {
        json!({ "model": model, "input": SECRET, "stream": stream })
    } else {
        json!({ "model": model, "messages": [{ "role": "user", "content": SECRET }], "stream": stream })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_fails_is_an_answer_a_count_and_a_line() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    for (model, whole, streamed, _) in CASES {
        for path in ["/v1/responses", "/v1/chat/completions"] {
            for (is_stream, (status, code)) in [(false, whole), (true, streamed)] {
                let answer = gateway.post(path, &body(path, model, is_stream)).send().await.unwrap();
                assert_eq!(answer.status(), status, "{model} {path} {is_stream}");
                let text = answer.text().await.unwrap();
                assert!(!text.contains(SECRET), "{text}");
                if status == 200 {
                    // It began well. Its end tells that it is none.
                    assert!(!text.contains("[DONE]") && !text.contains("response.completed"), "{text}");
                    let last = text.trim_end().rsplit("\n\n").next().unwrap();
                    let event: Value =
                        serde_json::from_str(last.lines().find_map(|line| line.strip_prefix("data: ")).unwrap()).unwrap();
                    let told = if path == "/v1/responses" { &event["response"]["error"] } else { &event["error"] };
                    assert!(told["message"].as_str().is_some_and(|message| message.contains("try again later")), "{last}");
                } else {
                    assert_eq!(error(&text)[2].as_deref().unwrap_or_default(), code, "{text}");
                }
            }
        }
    }
    // A request ends before its span does.
    let count = u64::try_from(CASES.len() * 4).unwrap();
    let scrape = gateway.scraped(|scrape| scrape.is("http_requests_total", &[("method", "POST")], count)).await;
    for (model, whole, streamed, _) in CASES {
        for operation in ["generate", "generate_stream"] {
            let of_call = [("provider", "openai"), ("model", model), ("operation", operation)];
            let of_status =
                |status| scrape.sum("provider_requests_total", &[of_call[0], of_call[1], of_call[2], ("status", status)]);
            assert_eq!((of_status("error"), of_status("success")), (2.0, 0.0), "{model} {operation}\n{}", scrape.0);
        }
        for path in ["/v1/responses", "/v1/chat/completions"] {
            for (status, _) in [whole, streamed] {
                let of_status = |(_, one, other, _): &Case| u64::from(one.0 == status) + u64::from(other.0 == status);
                let expected = CASES.iter().map(of_status).sum();
                let labels = [("method", "POST"), ("path", path), ("status", &*status.to_string())];
                assert!(scrape.is("http_requests_total", &labels, expected), "{labels:?} {expected}\n{}", scrape.0);
            }
        }
    }
    let kept: Value = gateway.get("/v1/responses").send().await.unwrap().text().await.unwrap().parse().unwrap();
    assert!(!kept.to_string().contains("completed"), "{kept}");

    let ended = gateway.stop();
    let lines = ended.lines_of("no response");
    for (model, _, _, [whole, streamed]) in CASES {
        let told: Vec<_> = lines.iter().filter(|(_, line)| line["model"] == model).map(|(_, line)| &line["error.type"]).collect();
        assert_eq!(told, [whole, streamed, whole, streamed], "{lines:?}");
    }
    assert!(lines.iter().all(|(_, line)| line["trace_id"].is_string() && line["request_id"].is_string()), "{lines:?}");
    hides(&ended, SECRET);
}
