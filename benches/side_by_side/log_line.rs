//! A JSON line with ids costs at most a quarter of json-subscriber's without ids, and 0.15 of tracing-subscriber's: the same event, in a span,
//! into a writer that drops it.
//!
//! The lines' content is made as equal as the layers allow: time, level, message, target and the event's fields, no list of
//! spans. Printed first, so that a reader can judge.

use std::io;

use llm_span::{IdSource, JsonLogs};
use llm_span_benches::{Bars, Bench};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, Subscriber, dispatcher::with_default};
use tracing_subscriber::{Registry, fmt::MakeWriter, layer::SubscriberExt as _, registry::LookupSpan};

/// The OpenTelemetry layer that ids come from. Sampled out it gives ids all the same, and does not collect the events of a
/// sample's span, which would be its own price and not the log's.
fn otel<S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync>() -> impl tracing_subscriber::Layer<S> + Send + Sync {
    crate::subscribers::otel(Sampler::AlwaysOff)
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
        ("tracing-subscriber", Dispatch::new(Registry::default().with(subscriber_json(writer)))),
        ("json-subscriber", Dispatch::new(Registry::default().with(json_subscriber(writer, false)))),
        ("JsonLogs,own-ids", Dispatch::new(Registry::default().with(own))),
        ("OTel-alone,no-line", Dispatch::new(Registry::default().with(otel()))),
        ("json-subscriber,OTel-ids", Dispatch::new(Registry::default().with(otel()).with(json_subscriber(writer, true)))),
        ("JsonLogs,OTel-ids", Dispatch::new(Registry::default().with(otel()).with(JsonLogs::new(writer)))),
    ]
}

fn log(number: u64) {
    tracing::info!(request_id = "74722802-6be1-4e14-8e73-d86823fed3e3", number, cached = false, "response generated");
}

pub(crate) fn run(bars: &mut Bars) {
    for (name, subscriber) in cases(io::stdout as fn() -> io::Stdout) {
        println!("log_line: {name}:");
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
    let mut figures = bench.run();
    let json_subscriber = figures.ratio("JsonLogs,own-ids", "json-subscriber");
    let tracing_subscriber = figures.ratio("JsonLogs,own-ids", "tracing-subscriber");
    figures.ratio("JsonLogs,OTel-ids", "json-subscriber,OTel-ids");
    figures.ratio_as(
        "JsonLogs,OTel-ids-added:json-subscriber,OTel-ids-added",
        ["JsonLogs,OTel-ids", "json-subscriber,OTel-ids", "OTel-alone,no-line"],
        |[ours, theirs, alone]| (ours - alone) / (theirs - alone),
    );
    figures.added("JsonLogs,OTel-ids", "OTel-alone,no-line");
    figures.added("json-subscriber,OTel-ids", "OTel-alone,no-line");
    bars.at_most("log line: JsonLogs with ids, of json-subscriber without", json_subscriber, 0.25, Some(0.2));
    bars.at_most("log line: JsonLogs with ids, of tracing-subscriber's JSON", tracing_subscriber, 0.15, Some(0.1));
    println!("{figures}");
}
