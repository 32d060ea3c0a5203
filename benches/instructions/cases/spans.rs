//! Where somebody listens: spans, lines and chunks under subscribers.

use std::{any::Any, hint::black_box, io};

use futures_core::Stream;
use llm_span::{CountFindings, IdSource, JsonLogs, LlmLayer, Prometheus};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, dispatcher::set_default, info_span};

use super::work::{CHUNKS, Work};
use crate::counted::{
    chunks::{bare_stream, next, stream},
    http::{rules, serve_by_hand},
    line::log,
    measured::{Answer, complete},
    meters::Meters,
    subscribers::{self, beside, beside_with, llm, llm_that_times_chunks, llm_with_meter, llm_with_prometheus, with},
};

/// A call under this subscriber.
fn call(subscriber: &Dispatch, kept: impl Any) -> Work {
    let answer = Answer { id: "chatcmpl-000000000001".into(), model: "gpt-4o-2024-08-06".into() };
    let kept = (set_default(subscriber), kept);
    Work::new(kept, move || complete(black_box("gpt-4o"), &answer).id.len())
}

/// A line in a span, which has its ids already.
fn line(subscriber: &Dispatch) -> Work {
    let default = set_default(subscriber);
    let span = info_span!("chat").entered();
    Work::new((span, default), || log(black_box(1)))
}

/// A chunk of a stream that goes on.
fn chunk_of<S: Stream + 'static>(subscriber: Option<&Dispatch>, stream: impl FnOnce(usize) -> S) -> Work {
    let default = subscriber.map(set_default);
    let mut chunks = Box::pin(stream(CHUNKS));
    Work::new(default, move || next(chunks.as_mut()).is_some())
}

fn no_findings() -> CountFindings {
    CountFindings::default()
}

pub(super) fn registry() -> Work {
    call(&subscribers::registry(), ())
}

pub(super) fn checked() -> Work {
    call(&with(llm(&no_findings())), ())
}

pub(super) fn measured_by_opentelemetry() -> Work {
    let meters = Meters::new();
    call(&with(llm_with_meter(&no_findings(), &meters)), meters)
}

pub(super) fn measured_for_prometheus() -> Work {
    call(&with(llm_with_prometheus(&no_findings(), &Prometheus::new())), ())
}

pub(super) fn opentelemetry() -> Work {
    call(&beside(Sampler::AlwaysOn), ())
}

pub(super) fn opentelemetry_and_layer() -> Work {
    let meters = Meters::new();
    call(&beside_with(Sampler::AlwaysOn, llm_with_meter(&no_findings(), &meters)), meters)
}

pub(super) fn http_registry() -> Work {
    Work::new(set_default(&subscribers::registry()), serve_by_hand)
}

pub(super) fn http_under_rules() -> Work {
    let rules = rules().expect("the rules are right");
    let layer = LlmLayer::builder().metric_sets(rules).metrics(Prometheus::new()).findings(no_findings()).build();
    Work::new(set_default(&with(layer)), serve_by_hand)
}

fn sink() -> io::Sink {
    io::sink()
}

pub(super) fn line_with_own_ids() -> Work {
    line(&with(JsonLogs::new(sink as fn() -> io::Sink).with_ids(IdSource::Own)))
}

pub(super) fn line_without_json() -> Work {
    line(&beside(Sampler::AlwaysOff))
}

pub(super) fn line_with_opentelemetrys_ids() -> Work {
    line(&beside_with(Sampler::AlwaysOff, JsonLogs::new(sink as fn() -> io::Sink)))
}

pub(super) fn bare_chunk() -> Work {
    chunk_of(None, bare_stream)
}

pub(super) fn chunk_without_layer() -> Work {
    chunk_of(Some(&subscribers::registry()), stream)
}

pub(super) fn chunk() -> Work {
    chunk_of(Some(&with(llm(&no_findings()))), stream)
}

pub(super) fn timed_chunk() -> Work {
    chunk_of(Some(&with(llm_that_times_chunks(&no_findings(), &Prometheus::new()))), stream)
}
