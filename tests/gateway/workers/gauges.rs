//! What is counted and what is active, over all instances.

use llm_span_examples::provider::{Provider, Settings};
use serde_json::{Value, json};
use std::time::Duration;

use super::{nth, ready, send, setup, told};
use crate::{collector::Collector, process::Gateway};

const REQUESTS: u32 = 40;

/// The gauges, each with what it is to be over all instances.
type Gauges = [(&'static str, f64); 4];

fn active(sessions: f64, models: f64, futures: f64, conversations: f64) -> Gauges {
    [
        ("twinkle.sessions.active", sessions),
        ("twinkle.models.active", models),
        ("twinkle.futures.active", futures),
        ("conversation_active_count", conversations),
    ]
}

/// They come to be so, and do in two export intervals: of what the leader has told since then the third is right at the latest.
fn right_in_two_intervals(collector: &Collector, since: u64, gauges: Gauges) {
    for (name, value) in gauges {
        told::wait(collector, name, value);
        let all = told::of(&collector.received(), name);
        let leader = all.values().find(|all| all.last().is_some_and(|last| told::equal(last.value, value)));
        let Some(leader) = leader.filter(|_| value > 0.0) else { continue };
        let later: Vec<_> = leader.iter().filter(|told| told.at > since).collect();
        let wrong = later.iter().take_while(|told| !told::equal(told.value, value)).count();
        assert!(wrong <= 2, "{name} comes to {value} late: {later:?}");
    }
}

async fn respond(gateway: &Gateway, number: u32) -> Value {
    let model = ["gpt-4o", "gpt-4o-mini"][number as usize % 2];
    let body = json!({ "model": model, "input": "test" });
    send(gateway.post("/v1/responses", &body).header("x-session-id", format!("session-{}", number % 5))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_over_instances_are_what_was_served_and_what_is_active() {
    // The slow one holds a background response until the test has seen it.
    let slow = Settings { slow: Duration::from_secs(4), ..Settings::default() };
    let (provider, collector) = (Provider::start_with(slow).await.unwrap(), Collector::start());
    let gateway = setup(&collector).start(&provider);
    ready(&gateway);
    nth(&gateway, "became cleanup leader", 1, |_| true);

    let mut requests = 0;
    for number in 0..REQUESTS {
        respond(&gateway, number).await;
        requests += 1;
    }
    // Taken by one worker, read at any.
    let later = json!({ "model": "gpt-4o-slow", "input": "test", "background": true });
    let later = send(gateway.post("/v1/responses", &later).header("x-session-id", "session-0")).await;
    requests += 1;
    let since = told::now();
    // A model that has not answered so far is none.
    right_in_two_intervals(&collector, since, active(5.0, 2.0, 1.0, f64::from(REQUESTS + 1)));
    assert_eq!(told::instances(&collector.received()).len(), 3);

    let path = format!("/v1/responses/{}", later["id"].as_str().unwrap());
    super::until("the response is there", async || {
        requests += 1;
        send(gateway.get(&path)).await["status"] == "completed"
    })
    .await;
    let since = told::now();
    for _ in 0..20 {
        requests += 1;
        assert_eq!(send(gateway.get(&path)).await["status"], "completed");
    }
    right_in_two_intervals(&collector, since, active(5.0, 3.0, 0.0, f64::from(REQUESTS + 1)));

    // Told to stop, each sends what it has not sent so far.
    for number in 0..6 {
        respond(&gateway, number).await;
        requests += 1;
    }
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let received = collector.received();
    assert!(told::equal(told::sum(&received, "twinkle.http.requests.total"), f64::from(requests)), "{requests}");
    let served = told::of(&received, "twinkle.http.requests.total");
    assert_eq!(served.len(), 3, "each has served some: {served:?}");
    let spans = received.spans().into_iter().filter(|span| span.name.contains("/v1/responses") && span.kind == 2).count();
    assert_eq!(u32::try_from(spans), Ok(requests), "a span of each request");
    assert_eq!(ended.lines_of("became cleanup leader").len(), 1);
    assert_eq!(ended.lines_of("Worker telemetry initialized").len(), 3);
    assert_eq!(ended.lines_of("stopped: all requests have ended").len(), 3);
    assert_eq!(u32::try_from(ended.lines_of("request served").len()), Ok(requests));
}
