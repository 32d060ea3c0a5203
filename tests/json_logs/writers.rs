//! Writers of every kind, the failing ones too.

use crate::support::{Lines, under};
use llm_span::JsonLogs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing::info;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use tracing_subscriber::prelude::*;

#[test]
fn a_line_reaches_the_writer_in_one_piece() {
    let lines = Lines::default();
    under(tracing_subscriber::registry().with(JsonLogs::new(lines.clone())), || {
        info!(text = "x".repeat(10_000).as_str(), "hello");
    });
    assert_eq!(lines.pieces().len(), 1);
    assert!(lines.pieces()[0].ends_with("}\n"));
}

#[test]
fn writers_of_the_subscriber_crate_serve() {
    let (warnings, all) = (Lines::default(), Lines::default());
    let writer = warnings.clone().with_max_level(tracing::Level::WARN).and(all.clone());
    under(tracing_subscriber::registry().with(JsonLogs::new(writer)), || {
        info!("low");
        tracing::warn!("high");
    });
    assert_eq!(warnings.only()["msg"], "high");
    assert_eq!(all.all().len(), 2);
}

struct Fails;

impl Write for Fails {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("disk full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_that_could_not_be_written_are_counted() {
    let logs = JsonLogs::new(|| Fails);
    let dropped = logs.dropped();
    under(tracing_subscriber::registry().with(logs), || {
        info!("one");
        info!("two");
    });
    assert_eq!(dropped.count(), 2);
}

struct Panics;

impl<'a> MakeWriter<'a> for Panics {
    type Writer = io::Sink;

    fn make_writer(&'a self) -> Self::Writer {
        panic!("no writer");
    }
}

#[test]
fn a_writer_that_panics_costs_the_line_only() {
    let logs = JsonLogs::new(Panics);
    let dropped = logs.dropped();
    under(tracing_subscriber::registry().with(logs), || info!("one"));
    assert_eq!(dropped.count(), 1);
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl<'a> MakeWriter<'a> for Shared {
    type Writer = <Mutex<Vec<u8>> as MakeWriter<'a>>::Writer;

    fn make_writer(&'a self) -> Self::Writer {
        self.0.make_writer()
    }
}

#[test]
fn a_poisoned_lock_costs_the_line_only() {
    let writer = Arc::new(Mutex::new(Vec::<u8>::new()));
    let poisoner = writer.clone();
    let _ = std::thread::spawn(move || {
        let _guard = poisoner.lock().unwrap();
        panic!("poisons");
    })
    .join();
    let logs = JsonLogs::new(Shared(writer));
    let dropped = logs.dropped();
    under(tracing_subscriber::registry().with(logs), || info!("one"));
    assert_eq!(dropped.count(), 1);
}

#[test]
fn standard_output_serves() {
    let _layer = JsonLogs::new(io::stdout);
    let _layer = JsonLogs::new(Mutex::new(Vec::<u8>::new()));
}
