use async_openai::types::chat::{ChatCompletionMessageToolCalls, CreateChatCompletionStreamResponse, FinishReason};

use super::*;

fn tool(name: &str, property: &str) -> Value {
    let parameters = json!({ "type": "object", "properties": { property: { "type": "string" } }, "required": [property] });
    json!({ "type": "function", "function": { "name": name, "parameters": parameters } })
}

fn asked(tools: &[Value]) -> Value {
    let question = json!({ "role": "user", "content": "What are weather and time in Lyon?" });
    json!({ "model": "gpt-4o", "messages": [question], "tools": tools })
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_used() {
    let provider = at_once().await;
    let chat = openai(&provider);
    let mut request = asked(&[tool("weather", "city")]);
    let answer = chat.chat().create(typed!(request.clone())).await.unwrap();
    let choice = &answer.choices[0];
    assert_eq!((choice.finish_reason, &choice.message.content), (Some(FinishReason::ToolCalls), &None));
    let [ChatCompletionMessageToolCalls::Function(call)] = &*choice.message.tool_calls.clone().unwrap() else {
        panic!("{choice:?}")
    };
    assert_eq!((&*call.function.name, &*call.function.arguments), ("weather", r#"{"city":"Lyon"}"#));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (128, 16, 144));

    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "assistant", "tool_calls": [call_again(&call.id)] }));
    messages.push(json!({ "role": "tool", "tool_call_id": call.id, "content": "18 degrees" }));
    let answer = chat.chat().create(typed!(request.clone())).await.unwrap();
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::Stop));
    assert_eq!(answer.choices[0].message.content.as_deref(), Some("According to the tools: 18 degrees."));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (160, 64, 224));
    assert_eq!(provider.served().total_tokens(), 144 + 224);

    // Asked again, it calls again.
    request["messages"].as_array_mut().unwrap().push(json!({ "role": "user", "content": "And in Oslo?" }));
    let answer = chat.chat().create(typed!(request)).await.unwrap();
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::ToolCalls));
}

fn call_again(id: &str) -> Value {
    json!({ "id": id, "type": "function", "function": { "name": "weather", "arguments": "{}" } })
}

#[tokio::test]
async fn two_tools_are_called_in_parallel_and_their_arguments_come_in_pieces() {
    let provider = at_once().await;
    let mut request = asked(&[tool("weather", "city"), tool("time", "place")]);
    request["stream_options"] = json!({ "include_usage": true });
    let stream = openai(&provider).chat().create_stream(typed!(request)).await.unwrap();
    let chunks: Vec<CreateChatCompletionStreamResponse> = all(stream).await.into_iter().map(Result::unwrap).collect();
    let mut calls = [const { (None, String::new(), String::new(), 0) }; 2];
    for delta in chunks.iter().flat_map(|chunk| &chunk.choices).flat_map(|choice| choice.delta.tool_calls.iter().flatten()) {
        let (id, name, arguments, pieces) = &mut calls[delta.index as usize];
        let function = delta.function.as_ref().unwrap();
        assert_eq!(delta.id.is_some(), id.is_none(), "the id comes first, and once");
        *id = id.take().or_else(|| delta.id.clone());
        name.push_str(function.name.as_deref().unwrap_or_default());
        arguments.push_str(function.arguments.as_deref().unwrap());
        *pieces += 1;
    }
    let [(first, weather, city, pieces), (second, time, place, _)] = calls;
    assert!(first.is_some() && second.is_some() && first != second && pieces > 2, "{first:?} {second:?} {pieces}");
    assert_eq!([&*weather, &*city, &*time, &*place], ["weather", r#"{"city":"Lyon"}"#, "time", r#"{"place":"Lyon"}"#]);
    let reason = chunks.iter().flat_map(|chunk| &chunk.choices).filter_map(|choice| choice.finish_reason).next_back();
    assert_eq!(reason, Some(FinishReason::ToolCalls));
    assert_eq!(chunks.last().unwrap().usage.as_ref().unwrap().total_tokens, 128 + 2 * 16);
}

#[tokio::test]
async fn results_are_used_in_a_stream_as_they_are() {
    let mut request = asked(&[tool("weather", "city")]);
    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "assistant", "tool_calls": [call_again("call_1")] }));
    messages.push(json!({ "role": "tool", "tool_call_id": "call_1", "content": " 18 °C,  大雨 " }));
    let stream = openai(&at_once().await).chat().create_stream(typed!(request)).await.unwrap();
    let chunks: Vec<CreateChatCompletionStreamResponse> = all(stream).await.into_iter().map(Result::unwrap).collect();
    let text: String = chunks.iter().flat_map(|chunk| &chunk.choices).filter_map(|choice| choice.delta.content.clone()).collect();
    assert_eq!(text, "According to the tools:  18 °C,  大雨 .");
}

#[tokio::test]
async fn which_tools_are_called_is_the_requests_choice() {
    let provider = at_once().await;
    for (name, choice, expected) in [
        ("tool_choice", json!("auto"), &["weather", "time"][..]),
        ("tool_choice", json!("none"), &[]),
        ("tool_choice", json!({ "type": "function", "function": { "name": "time" } }), &["time"]),
        ("parallel_tool_calls", json!(false), &["weather"]),
    ] {
        let mut request = asked(&[tool("weather", "city"), tool("time", "place")]);
        request[name] = choice;
        let (status, answer) = post(&provider, &request).await;
        let calls = answer["choices"][0]["message"]["tool_calls"].as_array().cloned().unwrap_or_default();
        let called: Vec<_> = calls.iter().map(|call| call["function"]["name"].as_str().unwrap()).collect();
        assert_eq!((status, &*called), (200, expected));
    }
}

#[tokio::test]
async fn arguments_fit_their_schema() {
    let properties = json!({
        "unit": { "type": "string", "enum": ["celsius", "kelvin"] },
        "days": { "type": ["integer", "null"], "minimum": 3 },
        "exact": { "type": "boolean" },
        "place": { "type": "object", "properties": { "city": { "type": "string" }, "tags": { "type": "array" } } },
    });
    let parameters = json!({ "type": "object", "properties": properties });
    let request = asked(&[json!({ "type": "function", "function": { "name": "forecast", "parameters": parameters } })]);
    let (_, answer) = post(&at_once().await, &request).await;
    let arguments = answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    let expected = json!({ "unit": "celsius", "days": 3, "exact": true, "place": { "city": "Lyon", "tags": [] } });
    assert_eq!(serde_json::from_str::<Value>(arguments).unwrap(), expected);
}

#[tokio::test]
async fn calls_and_results_must_fit() {
    let provider = at_once().await;
    let call = json!({ "role": "assistant", "tool_calls": [call_again("call_1")] });
    let result = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "18 degrees" });
    for (messages, expected) in [
        (vec![call.clone(), result("call_1")], 200),
        (vec![call.clone()], 400),
        (vec![call.clone(), result("call_2")], 400),
        (vec![call.clone(), result("call_1"), result("call_1")], 400),
        (vec![result("call_1")], 400),
    ] {
        let mut request = asked(&[tool("weather", "city")]);
        request["messages"].as_array_mut().unwrap().extend(messages);
        assert_eq!(post(&provider, &request).await.0, expected, "{request}");
    }
}
