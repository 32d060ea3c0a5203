//! Several processes that serve one port, and tell of what they have together once.

mod gauges;
mod listeners;
mod losses;
mod told;

use std::{cell::Cell, time::Duration};

use serde_json::Value;

use crate::{
    collector::Collector,
    process::{FOR_EVER, Gateway, Setup},
};

const WORKERS: u64 = 3;

/// As Twinkle's document has it, and with what the test can wait for.
fn setup(collector: &Collector) -> Setup {
    let settings = format!("enabled: true, otlp_endpoint: '{}', export_interval_ms: 500", collector.url());
    let setup = Setup::with_config(&format!("telemetry: {{{settings}}}"));
    setup.arguments(["--workers", "3", "--store", "sqlite:gateway.db"])
}

/// All of them listen.
fn ready(gateway: &Gateway) {
    for worker in 1..=WORKERS {
        line(gateway, "Worker telemetry initialized", worker, 1);
        line(gateway, "listening", worker, 1);
    }
}

/// That line of a worker, when it has come for so many times.
fn line(gateway: &Gateway, message: &str, worker: u64, times: usize) -> Value {
    nth(gateway, message, times, |line| line["worker"] == worker)
}

/// The line that is as told for the so many-th time.
fn nth(gateway: &Gateway, message: &str, times: usize, is_it: impl Fn(&Value) -> bool) -> Value {
    let seen = Cell::new(0);
    gateway.wait_for_line(message, |line| {
        let is_one = line["msg"] == message && is_it(line);
        seen.set(seen.get() + usize::from(is_one));
        is_one && seen.get() == times
    })
}

/// By a connection of its own: the system chooses the worker.
async fn send(request: reqwest::RequestBuilder) -> Value {
    let answer = request.header("connection", "close").send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The process of a worker, which was started for so many times.
fn process(gateway: &Gateway, worker: u64, times: usize) -> u64 {
    line(gateway, "worker started", worker, times)["process"].as_u64().unwrap()
}

fn kill(process: u64) {
    let kill = format!("kill -KILL {process}");
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Waits for what is so by and by.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waits = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(FOR_EVER, waits).await.expect(what);
}
