//! What a JSON log line costs: the same event, in a span, into a writer that drops it.
//!
//! The lines' content is made as equal as the layers allow: time, level, message, target and the event's fields, no list of
//! spans. Printed first, so that a reader can judge.

#![allow(clippy::print_stdout, missing_docs, reason = "a bench prints its figures")]

use std::io;

use llm_span::{IdSource, JsonLogs};
use llm_span_benches::Bench;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Dispatch, Subscriber, dispatcher::with_default};
use tracing_subscriber::{Registry, fmt::MakeWriter, layer::SubscriberExt as _, registry::LookupSpan};

/// The OpenTelemetry layer that ids come from. Sampled out it gives ids all the same, and does not collect the events of a
/// sample's span, which would be its own price and not the log's.
fn otel<S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync>() -> impl tracing_subscriber::Layer<S> + Send + Sync {
    let tracer = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build().tracer("bench");
    tracing_opentelemetry::layer().with_tracer(tracer)
}

fn subscriber_json<S, W>(writer: W) -> impl tracing_subscriber::Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let json = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    json.with_writer(writer)
}

fn json_subscriber<S, W>(writer: W, ids: bool) -> impl tracing_subscriber::Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let json = json_subscriber::layer().flatten_event(true).with_current_span(false).with_span_list(false);
    json.with_opentelemetry_ids(ids).with_writer(writer)
}

/// Each case's name and subscriber.
fn cases<W>(writer: W) -> [(&'static str, Dispatch); 6]
where
    W: for<'a> MakeWriter<'a> + Copy + Send + Sync + 'static,
{
    let own = JsonLogs::new(writer).with_ids(IdSource::Own);
    [
        ("tracing-subscriber, no ids", Dispatch::new(Registry::default().with(subscriber_json(writer)))),
        ("json-subscriber, no ids", Dispatch::new(Registry::default().with(json_subscriber(writer, false)))),
        ("JsonLogs, own ids", Dispatch::new(Registry::default().with(own))),
        ("OpenTelemetry alone, no line", Dispatch::new(Registry::default().with(otel()))),
        (
            "json-subscriber, OpenTelemetry's ids",
            Dispatch::new(Registry::default().with(otel()).with(json_subscriber(writer, true))),
        ),
        ("JsonLogs, OpenTelemetry's ids", Dispatch::new(Registry::default().with(otel()).with(JsonLogs::new(writer)))),
    ]
}

fn log(number: u64) {
    tracing::info!(request_id = "74722802-6be1-4e14-8e73-d86823fed3e3", number, cached = false, "response generated");
}

fn main() {
    for (name, subscriber) in cases(io::stdout as fn() -> io::Stdout) {
        println!("{name}:");
        with_default(&subscriber, || tracing::info_span!("chat").in_scope(|| log(1)));
    }
    println!();

    let cases = cases(io::sink as fn() -> io::Sink);
    let mut bench = Bench::new("log_line");
    for (name, subscriber) in &cases {
        bench.case_within(name, |timed| {
            with_default(subscriber, || tracing::info_span!("chat").in_scope(|| timed.run(|| log(1))));
        });
    }
    let figures = bench.run();
    let figures = figures
        .ratio("JsonLogs, own ids", "json-subscriber, no ids")
        .ratio("JsonLogs, own ids", "tracing-subscriber, no ids")
        .added("JsonLogs, OpenTelemetry's ids", "OpenTelemetry alone, no line")
        .added("json-subscriber, OpenTelemetry's ids", "OpenTelemetry alone, no line")
        .ratio("JsonLogs, OpenTelemetry's ids", "json-subscriber, OpenTelemetry's ids");
    println!("{figures}");
}
