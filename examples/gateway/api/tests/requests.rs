//! What is wrong with requests.

use axum::http::header::ALLOW;

use super::*;

/// Stands in requests, and nowhere else.
const PROMPT: &str = "my secret prompt";

#[tokio::test]
async fn what_a_chat_can_not_have_is_refused_with_its_place() {
    let gateway = Gateway::new();
    let user = |content: Value| json!({ "messages": [{ "role": "user", "content": content }] });
    for (fields, param) in [
        (json!({ "model": null }), "model"),
        (json!({ "model": 4 }), "model"),
        (json!({ "model": " " }), "model"),
        (json!({ "model": "m".repeat(300) }), "model"),
        (json!({ "messages": PROMPT }), "messages"),
        (json!({ "messages": null }), "messages"),
        (json!({ "messages": [] }), "messages"),
        (json!({ "messages": [PROMPT] }), "messages[0]"),
        (json!({ "messages": [{ "role": "user" }] }), "messages[0].content"),
        (json!({ "messages": [{ "role": PROMPT, "content": PROMPT }] }), "messages[0].role"),
        (json!({ "messages": [{ "role": "tool", "content": PROMPT, "tool_call_id": "c" }] }), "messages[0].role"),
        (json!({ "messages": [{ "role": "assistant", "content": PROMPT, "tool_calls": [{}, 1] }] }), "messages[0].tool_calls"),
        (user(json!(7)), "messages[0].content"),
        (user(json!([])), "messages[0].content"),
        (user(json!([{ "type": "image_url", "image_url": { "url": PROMPT } }])), "messages[0].content[0].type"),
        (user(json!([{ "type": "text", "text": [PROMPT] }])), "messages[0].content[0].text"),
        (json!({ "temperature": PROMPT }), "temperature"),
        (json!({ "temperature": 2.1 }), "temperature"),
        (json!({ "top_p": -1 }), "top_p"),
        (json!({ "max_tokens": 0 }), "max_tokens"),
        (json!({ "max_completion_tokens": 1.5 }), "max_completion_tokens"),
        (json!({ "max_completion_tokens": PROMPT }), "max_completion_tokens"),
        (json!({ "stream": PROMPT }), "stream"),
        (json!({ "stream_options": PROMPT }), "stream_options"),
        (json!({ "stream_options": { "include_usage": 1 } }), "stream_options.include_usage"),
        (json!({ "tools": [{ "type": "function" }] }), "tools"),
        (json!({ "n": 2 }), "n"),
        (json!({ "n": 0 }), "n"),
        (json!({ "n": PROMPT }), "n"),
        (json!({ "messages": [{ "role": "user", "content": null }] }), "messages[0].content"),
        (json!({ "stop": PROMPT }), "stop"),
        (json!({ "response_format": { "type": "json_object" } }), "response_format"),
        (json!({ "logprobs": true }), "logprobs"),
        (json!({ "temprature": 1 }), "temprature"),
    ] {
        let refused = gateway.chat(&chat_question(fields.clone())).await;
        let (status, at, _) = refused.error();
        assert_eq!((status, at), (400, Some(param)), "{fields}: {}", refused.body);
        assert!(!refused.body.to_string().contains(PROMPT), "{}", refused.body);
    }
    assert!(gateway.fake.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_a_response_can_not_have_is_refused_with_its_place() {
    let gateway = Gateway::new();
    let many: serde_json::Map<_, _> = (0..17).map(|at| (at.to_string(), json!("x"))).collect();
    for (fields, param) in [
        (json!({ "input": null }), "input"),
        (json!({ "input": [] }), "input"),
        (json!({ "input": { "text": PROMPT } }), "input"),
        (json!({ "input": [PROMPT] }), "input[0]"),
        (json!({ "input": [{ "type": "function_call_output", "output": PROMPT }] }), "input[0].type"),
        (json!({ "input": [{ "role": "user", "content": [{ "type": "input_image" }] }] }), "input[0].content[0].type"),
        (json!({ "input": [{ "role": "assistant", "content": null }] }), "input[0].content"),
        (json!({ "instructions": [PROMPT] }), "instructions"),
        (json!({ "previous_response_id": 7 }), "previous_response_id"),
        (json!({ "max_output_tokens": -1 }), "max_output_tokens"),
        (json!({ "metadata": PROMPT }), "metadata"),
        (json!({ "metadata": { "a": 1 } }), "metadata"),
        (json!({ "metadata": many }), "metadata"),
        (json!({ "background": true, "stream": true }), "stream"),
        (json!({ "background": true, "store": false }), "store"),
        (json!({ "tools": [{ "type": "web_search" }] }), "tools"),
        (json!({ "conversation": "conv_1" }), "conversation"),
        (json!({ "reasoning": { "effort": "high" } }), "reasoning"),
        (json!({ "text": { "format": { "type": "json_object" } } }), "text"),
    ] {
        let refused = gateway.ask(&question(fields.clone())).await;
        let (status, at, _) = refused.error();
        assert_eq!((status, at), (400, Some(param)), "{fields}: {}", refused.body);
        assert!(!refused.body.to_string().contains(PROMPT), "{}", refused.body);
    }
    assert!(gateway.fake.asked.lock().unwrap().is_empty());
    assert_eq!(gateway.count().await, 0);
}

#[tokio::test]
async fn broken_json_is_told_by_line_and_column_and_not_shown() {
    let gateway = Gateway::new();
    for (body, place) in [
        (format!("{{\"model\": \"gpt-4o\",\n \"input\": {PROMPT}}}"), "line 2 column 11"),
        (format!("{{\"input\": \"{PROMPT}"), "ends too early"),
        (String::new(), "ends too early"),
        (format!("{{}} {PROMPT}"), "line 1 column 4"),
        (format!("[\"{PROMPT}\"]"), "an array, expected an object"),
        ("[".repeat(10_000), "line 1 column"),
    ] {
        let refused = answer(gateway.send(posted("/v1/responses", body)).await).await;
        assert_eq!(refused.error().0, 400);
        let text = refused.body.to_string();
        assert!(text.contains(place) && !text.contains("secret"), "{text}");
    }
    let no_text = answer(gateway.send(posted("/v1/responses", vec![b'"', 0xff, b'"'])).await).await;
    assert_eq!(no_text.error(), (400, None, Some("invalid_json")));
}

#[tokio::test]
async fn a_body_that_is_too_long_or_of_another_type_is_refused() {
    let gateway = Gateway::new();
    let long = gateway.ask(&question(json!({ "input": "x".repeat(70_000) }))).await;
    assert_eq!(long.error().0, 413);

    for (content_type, status) in [
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("Application/JSON; charset=utf-8"), 200),
        (Some("application/vnd.ours+json"), 200),
        (None, 200),
    ] {
        gateway.fake.tell(hello());
        let mut request = posted("/v1/responses", question(json!({})).to_string());
        request.headers_mut().remove(CONTENT_TYPE);
        if let Some(content_type) = content_type {
            request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
        }
        assert_eq!(gateway.send(request).await.status().as_u16(), status, "{content_type:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let gateway = Gateway::new();
    for path in ["/v1/responses", "/v1/chat/completions"] {
        let begun = tokio::time::Instant::now();
        // A byte now and then is none that comes, either.
        let bytes = futures_util::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(7)).await;
            Some((Ok::<_, std::io::Error>(" "), ()))
        });
        let refused = answer(gateway.send(posted(path, Body::from_stream(bytes))).await).await;
        assert_eq!((refused.error().0, begun.elapsed().as_secs()), (408, 30));
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_as_such() {
    let gateway = Gateway::new();
    assert_eq!(gateway.get("/v1/nothing").await.error(), (404, None, Some("unknown_url")));
    for (method, path, allowed) in [
        ("GET", "/v1/chat/completions", "POST"),
        ("PUT", "/v1/responses", "GET,HEAD,POST"),
        ("POST", "/v1/responses/resp_1", "GET,HEAD,DELETE"),
    ] {
        let refused = gateway.call(method, path).await;
        assert_eq!(refused.error(), (405, None, Some("method_not_allowed")));
        let told: std::collections::BTreeSet<_> = refused.headers[ALLOW].to_str().unwrap().split(',').collect();
        assert_eq!(told, allowed.split(',').collect(), "{path}");
    }
}
