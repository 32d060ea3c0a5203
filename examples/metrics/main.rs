//! A small service whose metrics Prometheus scrapes, and which calls itself so that there is something to see.
//!
//!     cargo run --example metrics               # serves until Ctrl-C
//!     cargo run --example metrics -- --once     # one round of calls, then what Prometheus would scrape; `| grep -v -e _bucket -e '^#'` is short
//!
//! Both need no network and no key: a provider is embedded. The service is in the files beside this one, see `mod.rs`; what to
//! ask Prometheus is in `queries.md`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use llm_span_examples::metrics::{Service, Telemetry};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Between two rounds of calls.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In your program it has an exporter, and a sampler: the metrics are the same with every one.
    let tracer = SdkTracerProvider::builder().build();
    let (telemetry, subscriber) = Telemetry::new(&tracer)?;
    subscriber.init();
    let service = Service::start(&telemetry).await?;

    if std::env::args().any(|argument| argument == "--once") {
        service.round().await?;
        print!("{}", telemetry.prometheus.render(None).body);
        return Ok(());
    }

    // A port and a thread of its own, on this machine alone: what is scraped is not for users.
    let listening = telemetry.prometheus.listener().start()?;
    println!("metrics   http://{}/metrics", listening.local_addr());
    println!("service   http://{}, which has them at /metrics, too", service.address());
    println!("queries   examples/metrics/queries.md");
    let rounds = async {
        loop {
            service.round().await?;
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        failed = rounds => failed,
        stopped = tokio::signal::ctrl_c() => Ok(stopped?),
    }
}
