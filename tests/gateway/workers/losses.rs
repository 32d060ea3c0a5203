//! Processes that are killed.

use llm_span_examples::provider::Provider;
use serde_json::json;
use tokio::{task::spawn_blocking, time::timeout};

use super::{WORKERS, kill, line, nth, process, ready, send, setup, told};
use crate::{collector::Collector, process::FOR_EVER};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_leader_is_killed_another_leads_and_gauges_are_right_again() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = setup(&collector).start(&provider);
    ready(&gateway);
    let leader = nth(&gateway, "became cleanup leader", 1, |_| true)["worker"].as_u64().unwrap();
    let body = json!({ "model": "gpt-4o-mini", "input": "test" });
    for number in 0..12 {
        send(gateway.post("/v1/responses", &body).header("x-session-id", format!("session-{}", number % 4))).await;
    }
    let gauges = [("twinkle.sessions.active", 4.0), ("twinkle.models.active", 1.0), ("conversation_active_count", 12.0)];
    for (name, value) in gauges {
        told::wait(&collector, name, value);
    }

    kill(process(&gateway, leader, 1));
    line(&gateway, "a worker has ended; it is started again", leader, 1);
    let next = nth(&gateway, "became cleanup leader", 2, |_| true)["worker"].as_u64().unwrap();
    let since = told::now();
    assert_ne!(process(&gateway, leader, 2), process(&gateway, leader, 1));
    line(&gateway, "listening", leader, 2);
    // Of what comes from now on, that of the one who was killed is not.
    let before = collector.received().requests.len();
    let rest = |received: &crate::collector::Received| {
        let mut received = received.clone();
        received.requests.drain(..before.min(received.requests.len()));
        received
    };
    let is_right = |received: &crate::collector::Received| {
        let rest = rest(received);
        told::instances(&rest).len() == 3 && gauges.iter().all(|(name, value)| told::equal(told::sum(&rest, name), *value))
    };
    assert!(collector.wait_for(FOR_EVER, is_right), "{:?}", gauges.map(|(name, _)| told::of(&rest(&collector.received()), name)));
    // The one that leads now has told it in two intervals.
    for (name, value) in gauges {
        let all = told::of(&collector.received(), name);
        let late = all.values().filter(|all| all.last().is_some_and(|last| told::equal(last.value, value)));
        for all in late {
            let wrong = all.iter().filter(|told| told.at > since && !told::equal(told.value, value)).count();
            assert!(wrong <= 2, "{name} of {next}: {all:?}");
        }
    }
    // It serves as before.
    for _ in 0..12 {
        send(gateway.post("/v1/responses", &body)).await;
    }
    told::wait(&collector, "conversation_active_count", 24.0);
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    assert_eq!(ended.lines_of("became cleanup leader").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_supervisor_is_killed_its_workers_end_and_tell_the_rest() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = setup(&collector).start(&provider);
    ready(&gateway);
    let body = json!({ "model": "gpt-4o-mini", "input": "test" });
    for _ in 0..9 {
        send(gateway.post("/v1/responses", &body)).await;
    }
    gateway.signal("KILL");
    // Their output is at its end when all of them have ended.
    let ended = timeout(FOR_EVER, spawn_blocking(move || gateway.end())).await.expect("the workers end").unwrap();
    assert_eq!(ended.status.code(), None);
    let stopped = ended.lines_of("stopped: all requests have ended").len();
    assert_eq!(u64::try_from(stopped), Ok(WORKERS), "{ended:?}");
    let stopping: Vec<_> = ended.lines().into_iter().filter(|(_, line)| line["by"] == "end of the supervisor").collect();
    assert_eq!(stopping.len(), stopped, "{ended:?}");
    assert!(told::equal(told::sum(&collector.received(), "twinkle.http.requests.total"), 9.0));
}
