//! A program whose telemetry is set up by one call, from a file and the environment.
//!
//!     cargo run --example pipeline                                                    # the console shows all
//!     cargo run --example pipeline -- --config examples/pipeline/own.yaml
//!     cargo run --example pipeline -- --config examples/pipeline/llm-gateway.yaml --calls 20 --interval 500
//!     OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 cargo run --example pipeline  # what the environment says wins
//!
//! | option | |
//! |---|---|
//! | `--config FILE` | settings, in any of the forms that the YAML files beside this one show |
//! | `--calls N` | so many calls, 4 unless told |
//! | `--interval MS` | milliseconds between them |
//! | `--stay` | goes on serving metrics until Ctrl-C or `SIGTERM` |
//!
//! It needs no network and no key: a provider is embedded. With `OPENAI_BASE_URL` and `OPENAI_API_KEY` set it calls that one instead.

#![allow(clippy::print_stderr, reason = "an example shows what it does")]

mod arguments;
mod desk;
mod places;
mod stop;

use std::error::Error;

use llm_span::{
    Telemetry,
    contract::{Label, Measure, Metric, MetricError, MetricSet},
};
use llm_span_examples::endpoint::Endpoint;

use crate::{arguments::Arguments, desk::Desk};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    let stop = stop::on_signal()?;
    // Kept until the end of `main`: what is still to be written then is written when it is dropped.
    let telemetry = set_up(&arguments)?.install()?;
    let metrics = places::show(&telemetry);

    let desk = Desk::new(Endpoint::from_env().await?.without_retries(), telemetry.events());
    if let Err(error) = telemetry.gauges().register(QUESTIONS.0, [("desk", "travel")], desk.questions_under_way()) {
        // The settings chose other metrics, or no sink that has them.
        tracing::debug!(%error, "gauge left out");
    }
    tokio::select! {
        () = serve(&desk, &arguments) => {}
        // Whoever is told to stop returns from `main`, so that the guard is dropped.
        signal = stop => tracing::info!(signal, "stopped"),
    }
    drop(metrics);
    Ok(())
}

/// Settings of the program; a file and the environment have the last word.
fn set_up(arguments: &Arguments) -> Result<Telemetry, MetricError> {
    let ours = MetricSet::new(
        "desk",
        [Metric::gauge(QUESTIONS.0)
            .unit("{question}")
            .description(QUESTIONS.1)
            .measure(Measure::Callback)
            .label(Label::new("desk"))
            .build()?],
    )?;
    let telemetry = Telemetry::new().service_name("pipeline-example").own_metrics(ours);
    Ok(match &arguments.config {
        Some(file) => telemetry.file(file),
        None => telemetry.console(),
    })
}

/// A gauge of this program's own, and what it tells.
const QUESTIONS: (&str, &str) = ("desk.questions", "Questions that are being answered.");

async fn serve(desk: &Desk, arguments: &Arguments) {
    for number in 1..=arguments.calls {
        desk.answer(number).await;
        tokio::time::sleep(arguments.interval).await;
    }
    if arguments.stays {
        std::future::pending::<()>().await;
    }
}
