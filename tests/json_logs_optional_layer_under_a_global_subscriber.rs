//! A layer in an `Option` is never told its dispatch. Under a global subscriber it finds it at the first event, even
//! where no span was ever entered and a filter hides the only one.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail the test")]

use llm_span::JsonLogs;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::Value;
use std::io;
use std::sync::Mutex;
use tracing::{info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap().write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_optional_layer_finds_the_ids_of_a_hidden_span() {
    let provider = SdkTracerProvider::builder().build();
    let logs = Some(JsonLogs::new(|| Writer)).with_filter(LevelFilter::WARN);
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(otel).with(logs)).unwrap();

    let hidden = info_span!("hidden");
    warn!(parent: &hidden, "hello");

    let line: Value = serde_json::from_slice(&LINES.lock().unwrap()).expect("one line");
    let context = hidden.context();
    let expected = context.span().span_context().clone();
    assert_eq!(line["trace_id"], expected.trace_id().to_string());
    assert_eq!(line["span_id"], expected.span_id().to_string());
}
