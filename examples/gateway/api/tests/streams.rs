//! Streams of `/v1/responses`.

use std::sync::atomic::Ordering;

use async_openai::types::responses::{ResponseStreamEvent, Status};

use super::*;

const PATH: &str = "/v1/responses";

fn streamed() -> Value {
    question(json!({ "stream": true }))
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_deref().unwrap()).collect()
}

/// Reads each event as clients do.
fn read(events: &[Event]) -> Vec<ResponseStreamEvent> {
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event.data["sequence_number"], at);
        assert_eq!(event.data["type"].as_str(), event.name.as_deref());
    }
    events.iter().map(|event| serde_json::from_value(event.data.clone()).unwrap()).collect()
}

#[tokio::test]
async fn a_stream_is_told_event_by_event_as_clients_read_it() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello ");
    gateway.fake.chunk("back.");
    gateway.fake.end("stop");
    let events = gateway.events(PATH, &streamed()).await;
    let expected = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(names(&events), expected);
    let mut told = read(&events);
    let Some(ResponseStreamEvent::ResponseCompleted(completed)) = told.pop() else { panic!("{told:?}") };
    assert_eq!(completed.response.status, Status::Completed);
    assert_eq!(completed.response.usage.unwrap().total_tokens, 179);
    let delta = |event: &ResponseStreamEvent| match event {
        ResponseStreamEvent::ResponseOutputTextDelta(event) => event.delta.clone(),
        _ => String::new(),
    };
    assert_eq!(told.iter().map(delta).collect::<String>(), "Hello back.");
    let kept = gateway.get(&format!("{PATH}/{}", completed.response.id)).await.ok();
    assert_eq!(kept["output"], events[9].data["response"]["output"]);
    assert_eq!(kept["output"][0]["id"], events[4].data["item_id"]);
}

#[tokio::test]
async fn a_stream_is_stored_before_its_end_is_told() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello");
    let mut body = gateway.open(PATH, &streamed()).await.into_body();
    let mut told = Vec::new();
    let mut is_completed = false;
    while let Some(frame) = body.frame().await {
        let event = events(&frame.unwrap().into_data().unwrap()).remove(0);
        let name = event.name.unwrap();
        match name.as_str() {
            "response.output_text.delta" => {
                assert_eq!(gateway.count().await, 0);
                assert_eq!(gateway.fake.open(), 1);
                gateway.fake.end("stop");
            }
            "response.completed" => {
                is_completed = true;
                assert_eq!((gateway.count().await, gateway.fake.open()), (1, 0));
            }
            _ => {}
        }
        told.push(name);
    }
    assert!(is_completed, "{told:?}");
}

#[tokio::test]
async fn a_stream_that_is_not_to_be_stored_is_not() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello");
    gateway.fake.end("length");
    let events = gateway.events(PATH, &question(json!({ "stream": true, "store": false }))).await;
    assert_eq!(names(&events).last(), Some(&"response.incomplete"));
    read(&events);
    assert_eq!(gateway.count().await, 0);
}

#[tokio::test]
async fn a_client_that_hangs_up_stops_the_provider_and_leaves_nothing() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello");
    let mut body = gateway.open(PATH, &streamed()).await.into_body();
    for _ in 0..5 {
        body.frame().await.unwrap().unwrap();
    }
    assert_eq!(gateway.fake.open(), 1);
    drop(body);
    assert_eq!((gateway.fake.open(), gateway.count().await), (0, 0));
}

#[tokio::test]
async fn a_provider_that_fails_midway_fails_the_response_which_is_kept_as_failed() {
    for (error, status) in FAILURES {
        let gateway = Gateway::new();
        gateway.fake.tell(Told::Chunk(Err(error.clone())));
        assert_eq!(gateway.ask(&streamed()).await.error().0, status);
        assert_eq!(gateway.count().await, 0);

        gateway.fake.chunk("Half of an");
        gateway.fake.tell(Told::Chunk(Err(error)));
        let events = gateway.events(PATH, &streamed()).await;
        let told = read(&events);
        let Some(ResponseStreamEvent::ResponseFailed(failed)) = told.last() else { panic!("{told:?}") };
        assert_eq!(failed.response.status, Status::Failed);
        let id = &failed.response.id;
        let kept = gateway.get(&format!("{PATH}/{id}")).await.ok();
        assert_eq!(
            (&kept["status"], &kept["output"], &kept["error"]["code"]),
            (&json!("failed"), &json!([]), &json!("server_error"))
        );
        let next = gateway.ask(&question(json!({ "previous_response_id": id }))).await;
        assert_eq!(next.error(), (400, Some("previous_response_id"), Some("previous_response_not_completed")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_takes_too_long_is_given_up_however_short_its_pauses() {
    for pause in [8, 60] {
        let gateway = Gateway::new();
        let begun = tokio::time::Instant::now();
        let telling = async {
            for _ in 0..1000 {
                gateway.fake.chunk("Hello");
                tokio::time::sleep(Duration::from_secs(pause)).await;
            }
        };
        let body = streamed();
        let events = tokio::select! {
            events = gateway.events(PATH, &body) => events,
            () = telling => panic!("it goes on for ever"),
        };
        assert_eq!(names(&events).last(), Some(&"response.failed"));
        let deltas = names(&events).into_iter().filter(|name| *name == "response.output_text.delta").count();
        assert_eq!((deltas, begun.elapsed().as_secs()), (if pause == 8 { 4 } else { 1 }, 30));
        assert_eq!(gateway.fake.open(), 0);
    }
}

#[tokio::test]
async fn a_stream_that_can_not_be_kept_is_told_all_the_same() {
    let gateway = Gateway::new();
    gateway.store.fails.store(true, Ordering::SeqCst);
    gateway.fake.chunk("Hello");
    gateway.fake.end("stop");
    let events = gateway.events(PATH, &streamed()).await;
    let told = read(&events);
    let Some(ResponseStreamEvent::ResponseCompleted(completed)) = told.last() else { panic!("{told:?}") };
    assert_eq!((completed.response.output.len(), completed.response.usage.is_some()), (1, true));
    let stored = |at: usize| &events[at].data["response"]["store"];
    assert_eq!((stored(0), stored(events.len() - 1)), (&json!(true), &json!(false)));
    assert!(!events.last().unwrap().data.to_string().contains(fakes::SECRET));
}
