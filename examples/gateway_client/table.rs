//! What was done, and where its traces are.

use std::fmt::Write as _;

use crate::{arguments::Arguments, round::Step};

/// A line for each step.
pub(crate) fn of(done: &[Step]) -> String {
    let mut table = format!("{:<26} {:<32}   outcome\n", "", "trace");
    for Step { name, trace_id, outcome } in done {
        let (Ok(told) | Err(told)) = outcome;
        // A `String` takes all that is written.
        let _ = writeln!(table, "{name:<26} {:<32}   {told}", trace_id.as_deref().unwrap_or("none"));
    }
    table
}

/// How to look at one of them.
pub(crate) fn places(arguments: &Arguments, done: &[Step]) -> String {
    let Some(id) = done.iter().find_map(|step| step.trace_id.as_deref()) else { return String::new() };
    let mut places = format!("where a trace is, such as {id}:\n");
    let _ = writeln!(places, "  log lines   grep {id} in what the gateway writes to its standard output");
    let file = arguments.db.as_deref().unwrap_or("FILE");
    let _ = writeln!(places, "  SQLite      cargo run --example traces -- --db {file} show {id}");
    if arguments.db.is_none() {
        let _ = writeln!(places, "              where the gateway runs with LLM_SPAN_SQLITE_PATH=FILE");
    }
    let _ = writeln!(places, "  Jaeger      {}/trace/{id}", arguments.traces.trim_end_matches('/'));
    let _ = writeln!(places, "              where the gateway's config.yaml has an exporter of type \"otlp\"");
    let _ = write!(
        places,
        "  metrics     curl -H 'Accept: application/openmetrics-text' {}metrics | grep trace_id\n              names a trace beside each bucket",
        arguments.gateway
    );
    places
}
