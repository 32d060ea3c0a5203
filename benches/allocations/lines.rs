//! A log line is made in memory that the thread keeps.

use std::{fs::File, io, sync::Arc};

use llm_span::{IdSource, JsonLogs};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, dispatcher::with_default, info_span};

use crate::{
    counted::{
        line::{log, log_each_kind},
        subscribers::{beside, beside_with, with},
    },
    steady::allocations,
};

fn of_a_line(subscriber: &Dispatch, log: impl Fn(u64)) -> u64 {
    with_default(subscriber, || info_span!("chat").in_scope(|| allocations(|| log(1))))
}

/// A span a line, so that ids are found anew each time.
fn of_a_span_and_its_line(subscriber: &Dispatch) -> u64 {
    with_default(subscriber, || allocations(|| info_span!("chat").in_scope(|| log(1))))
}

fn own<W>(writer: W) -> JsonLogs<W> {
    JsonLogs::new(writer).with_ids(IdSource::Own)
}

fn sink() -> io::Sink {
    io::sink()
}

/// The file, and a writer to it.
fn file() -> (File, Arc<File>) {
    let file = tempfile::tempfile().unwrap();
    let writer = Arc::new(file.try_clone().unwrap());
    (file, writer)
}

#[test]
fn a_line_with_own_ids_allocates_nothing() {
    assert_eq!(of_a_line(&with(own(sink)), log), 0);
}

#[test]
fn a_line_with_each_kind_of_value_allocates_nothing() {
    assert_eq!(of_a_line(&with(own(sink)), log_each_kind), 0);
}

#[test]
fn a_line_into_a_file_allocates_nothing() {
    let (file, writer) = file();
    assert_eq!(of_a_line(&with(own(writer)), log), 0);
    assert!(file.metadata().unwrap().len() > 10_000, "lines were written");
}

/// OpenTelemetry itself collects the event, even where the span is sampled out.
#[test]
fn a_line_with_opentelemetrys_ids_allocates_nothing_beside_it() {
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let alone = of_a_line(&beside(sampler.clone()), log);
        for ids in [IdSource::Auto, IdSource::OpenTelemetry] {
            assert_eq!(of_a_line(&beside_with(sampler.clone(), JsonLogs::new(sink).with_ids(ids)), log), alone);
            let (file, writer) = file();
            assert_eq!(of_a_line(&beside_with(sampler.clone(), JsonLogs::new(writer).with_ids(ids)), log), alone);
            assert!(file.metadata().unwrap().len() > 10_000, "lines were written");
        }
    }
}

#[test]
fn ids_of_a_new_span_take_one_place_in_its_extensions() {
    let lines = with(own(sink));
    assert_eq!(of_a_span_and_its_line(&lines), 1);
}
