//! What a call's span costs, with every attribute of the contract: on the registry alone, and with the layers on top of it.
//!
//! Every case makes the same span by the same annotated function; the registry's share is in each of them.

#![allow(clippy::print_stdout, missing_docs, reason = "a bench prints its figures")]

mod measured_call;

use std::{hint::black_box, time::Duration};

use llm_span::{LlmLayer, OtelMetrics};
use llm_span_benches::Bench;
use measured_call::{Answer, complete};
use opentelemetry::{
    Context,
    metrics::{Meter, MeterProvider as _},
    trace::TracerProvider as _,
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider},
    trace::{Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

/// Takes finished spans and drops them: exporting is the exporter's price, and another thread's.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}
    fn on_end(&self, span: SpanData) {
        drop(span);
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn tracer(sampler: Sampler) -> SdkTracer {
    SdkTracerProvider::builder().with_span_processor(Discard).with_sampler(sampler).build().tracer("bench")
}

/// A reader is what switches instruments on; this one is not asked while the bench runs.
fn metrics() -> (SdkMeterProvider, Meter) {
    let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).with_interval(Duration::from_secs(3600)).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let meter = provider.meter("bench");
    (provider, meter)
}

fn main() {
    let (_provider, meter) = metrics();
    let llm = || LlmLayer::builder().metrics(OtelMetrics::new(&meter)).build();
    let otel = |sampler| tracing_opentelemetry::layer().with_tracer(tracer(sampler));
    let subscribers = [
        ("registry", Dispatch::new(Registry::default())),
        ("registry + LlmLayer without metrics", Dispatch::new(Registry::default().with(LlmLayer::builder().build()))),
        ("registry + LlmLayer", Dispatch::new(Registry::default().with(llm()))),
        ("registry + OpenTelemetry", Dispatch::new(Registry::default().with(otel(Sampler::AlwaysOn)))),
        ("registry + OpenTelemetry + LlmLayer", Dispatch::new(Registry::default().with(otel(Sampler::AlwaysOn)).with(llm()))),
        ("registry + OpenTelemetry, sampled out", Dispatch::new(Registry::default().with(otel(Sampler::AlwaysOff)))),
        (
            "registry + OpenTelemetry, sampled out + LlmLayer",
            Dispatch::new(Registry::default().with(otel(Sampler::AlwaysOff)).with(llm())),
        ),
    ];
    let answer = Answer { id: "chatcmpl-000000000001".into(), model: "gpt-4o-2024-08-06".into() };
    let mut bench = Bench::new("span");
    for (name, subscriber) in &subscribers {
        bench.case_within(name, |timed| {
            with_default(subscriber, || timed.run(|| complete(black_box("gpt-4o"), &answer).id.len()));
        });
    }
    let figures = bench.run();
    let figures = figures
        .added("registry + LlmLayer", "registry")
        .ratio("registry + LlmLayer", "registry")
        .added("registry + OpenTelemetry", "registry")
        .added("registry + OpenTelemetry + LlmLayer", "registry + OpenTelemetry")
        .ratio("registry + OpenTelemetry + LlmLayer", "registry + OpenTelemetry")
        .added("registry + OpenTelemetry, sampled out + LlmLayer", "registry + OpenTelemetry, sampled out");
    println!("{figures}");
}
