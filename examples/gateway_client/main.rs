//! A client of the example `gateway`: it drives what the gateway serves, and prints where each trace can be seen.
//!
//!     cargo run --example gateway          # in one terminal
//!     cargo run --example gateway_client   # in another
//!
//! | option | |
//! |---|---|
//! | `--gateway URL` | where the gateway is, `http://127.0.0.1:8080` unless told |
//! | `--model NAME` | the model to ask, `gpt-4o` unless told |
//! | `--key KEY` | what to show, where the gateway wants to see one |
//! | `--db FILE` | the SQLite file of the gateway's telemetry (`LLM_SPAN_SQLITE_PATH`), so that it can say how to look there |
//! | `--traces URL` | where Jaeger is, `http://localhost:16686` unless told |
//!
//! Its own spans are the parents of the gateway's: it sends `traceparent` with each request, the ids of session and user as headers, and its name and
//! version. With `OTEL_EXPORTER_OTLP_ENDPOINT` set its spans are sent there, too.

mod arguments;
mod gateway;
mod round;
mod table;

use std::{error::Error, io::Write as _};

use llm_span::{
    Correlation, Telemetry,
    pipeline::{LogSettings, PrometheusSettings},
};

use crate::{arguments::Arguments, gateway::Gateway};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read();
    let session = format!("session-{}", uuid::Uuid::new_v4().simple());
    let mut telemetry = Telemetry::new().service_name("gateway-client").logs(LogSettings::off());
    // Where nobody names an endpoint: a sink that is read by nobody, so that the console is not on. The table is what is to be seen.
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_none_or(|endpoint| endpoint.is_empty()) {
        telemetry = telemetry.prometheus(PrometheusSettings::default());
    }
    let telemetry = telemetry.install()?;
    let gateway = Gateway::new(&arguments)?;
    let ids = Correlation::new()
        .session(&session)
        .user("ada")
        .client_service("gateway-client")
        .client_version(env!("CARGO_PKG_VERSION"));
    let done = ids.run(round::all(&gateway, &arguments.model)).await;
    // Whoever reads it may have seen enough: `| head`.
    let _ = writeln!(std::io::stdout(), "{}\n{}", table::of(&done), table::places(&arguments, &done));
    drop(telemetry);
    if let Some(failed) = done.iter().find(|step| step.outcome.is_err()) {
        return Err(format!("{}: {}", failed.name, failed.outcome.as_ref().err().map_or("", String::as_str)).into());
    }
    Ok(())
}
