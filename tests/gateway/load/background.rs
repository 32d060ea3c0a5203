//! More background responses than there is room for.

use std::time::Duration;

use llm_span_examples::provider::{Model, Provider, Settings};
use serde_json::{Value, json};

use super::{
    books::{self, Cut, Requests},
    tools::{Kind, answers, report},
};
use crate::{collector::Collector, configs, process::Setup, programs::hey};

const ALL: u64 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn background_responses_are_done_or_refused_and_each_is_counted() {
    let Some(hey) = hey() else { return };
    let settings = Settings { slow: Duration::from_millis(250), ..Settings::default() };
    let (provider, collector) = (Provider::start_with(settings).await.unwrap(), Collector::start());
    let setup = Setup::with_config(&configs::of_production(&collector));
    let gateway = setup.arguments(["--queue-room", "16", "--queue-at-once", "4"]).start(&provider);
    let path = Kind::Response.path();
    let body = json!({ "model": Model::Slow.name(), "input": "Hello, world!", "background": true });
    let report = report(&hey, &gateway, path, &body, ALL).await;
    let (queued, refused) = (answers(&report, 200), answers(&report, 503));
    assert!(queued >= 16 && refused > 0 && queued + refused == ALL, "{}", String::from_utf8_lossy(&report.stdout));

    gateway.scraped(|scrape| scrape.is("twinkle_tasks_total", &[], queued)).await;
    let requests = Requests::default().add(path, "200", queued).add(path, "503", refused);
    let scrape = books::at_rest(&gateway, &requests).await;
    let served = provider.served();
    assert_eq!(served.answered, queued, "{served:?}");
    books::requests(&scrape, &requests);
    books::calls(&scrape, &served, Cut::default());
    books::tokens(&scrape, &served);
    // Each is kept before it is queued; then it is in progress, and completed.
    books::store(&scrape, &[("create", ALL), ("delete", refused), ("append", 2 * queued)]);
    let task = [("deployment", "Processor"), ("task_type", "response")];
    scrape.expect("twinkle_tasks_total", &[task[0], task[1], ("status", "completed")], queued);
    for metric in ["twinkle_task_wait_seconds_count", "twinkle_task_execution_seconds_count"] {
        scrape.expect(metric, &task, queued);
    }

    let kept = gateway.get("/v1/responses?limit=100").send().await.unwrap().bytes().await.unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let kept = kept["data"].as_array().unwrap();
    assert!(kept.len() as u64 == queued.min(100) && kept.iter().all(|kept| kept["status"] == "completed"), "{kept:?}");
    assert!(gateway.stop().is_well());
}
