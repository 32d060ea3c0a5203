//! Background responses of a gateway that is told to stop.

use std::{collections::BTreeMap, time::Duration};

use llm_span_examples::provider::{Model, Provider, Settings};
use serde_json::json;
use tokio::time::timeout;

use super::{NEVER, SOON, told_to_stop};
use crate::{
    collector::{Collector, attributes},
    configs,
    process::{Ended, FOR_EVER, Gateway, Setup},
};

const ALL: usize = 12;
const AT_ONCE: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_there_is_time_for_are_done() {
    let (collector, provider, gateway) = queued(Duration::from_millis(200), "60").await;
    told_to_stop(&gateway);
    let ended = gateway.end();
    assert!(ended.is_well(), "{ended:?}");
    assert_eq!(provider.served().answered, ALL as u64);
    assert_eq!(kept(&ended), [("completed".to_owned(), ALL)].into());
    assert_eq!(tasks(&collector), [(("completed".to_owned(), String::new()), ALL)].into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_there_is_no_time_for_are_kept_as_failed() {
    let (collector, provider, gateway) = queued(NEVER, "1").await;
    told_to_stop(&gateway);
    let ended = gateway.end();
    assert!(ended.is_well() && ended.took < SOON, "{ended:?}");
    let served = timeout(FOR_EVER, provider.served_when(|served| served.under_way() == 0)).await.unwrap();
    assert_eq!(served.cut_off, AT_ONCE as u64);
    assert_eq!(kept(&ended), [("failed".to_owned(), ALL)].into());
    assert_eq!(tasks(&collector), [(("failed".to_owned(), "shutdown".to_owned()), ALL)].into());
}

/// A gateway that has some to work on, and as many more that wait.
async fn queued(slow: Duration, grace: &str) -> (Collector, Provider, Gateway) {
    let provider = Provider::start_with(Settings { slow, ..Settings::default() }).await.unwrap();
    let collector = Collector::start();
    let at_once = AT_ONCE.to_string();
    let setup = Setup::with_config(&configs::of_jaeger(&collector));
    let setup = setup.arguments(["--queue-at-once", &at_once, "--store", "sqlite:kept.db", "--grace", grace]);
    let gateway = setup.start(&provider);
    let body = json!({ "model": Model::Slow.name(), "input": "Hello, world!", "background": true });
    for _ in 0..ALL {
        assert_eq!(gateway.post("/v1/responses", &body).send().await.unwrap().status(), 200);
    }
    timeout(FOR_EVER, provider.served_when(|served| served.requests >= AT_ONCE as u64)).await.unwrap();
    (collector, provider, gateway)
}

/// How many of each status the store has.
fn kept(ended: &Ended) -> BTreeMap<String, usize> {
    let file = rusqlite::Connection::open(ended.path("kept.db")).unwrap();
    let mut rows = file.prepare("SELECT status FROM conversations").unwrap();
    let mut kept = BTreeMap::new();
    for status in rows.query_map([], |row| row.get(0)).unwrap() {
        *kept.entry(status.unwrap()).or_default() += 1;
    }
    kept
}

/// How many tasks were told of each status and error.
fn tasks(collector: &Collector) -> BTreeMap<(String, String), usize> {
    let mut tasks = BTreeMap::new();
    for span in collector.received().spans().iter().filter(|span| span.name == "twinkle.task") {
        let attributes: BTreeMap<String, String> = attributes(&span.attributes).collect();
        let of = |key| attributes.get(key).cloned().unwrap_or_default();
        *tasks.entry((of("twinkle.task.status"), of("error.type"))).or_default() += 1;
    }
    tasks
}
