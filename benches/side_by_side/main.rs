//! What calls, spans, log lines, streams and rules cost, side by side with the crates one would use instead. One group of cases after the other,
//! each in a module that says what it claims; the cases of a group are measured in turn. At the end the bars, and whether they were met.

#![allow(clippy::print_stdout, missing_docs, reason = "a bench prints its figures")]

#[path = "../counted/mod.rs"]
mod counted;
mod flat;
mod log_line;
mod models;
mod no_subscriber;
mod rules;
mod span;
mod stream;
mod subscribers;
mod threads;

use llm_span::contract::MetricError;
use llm_span_benches::Bars;

fn main() -> Result<(), MetricError> {
    let mut bars = Bars::default();
    // First: a subscriber that was there once leaves callsites switched on.
    no_subscriber::run(&mut bars);
    span::run(&mut bars)?;
    log_line::run(&mut bars);
    rules::run()?;
    stream::run(&mut bars)?;
    threads::run(&mut bars)?;
    flat::run(&mut bars)?;
    println!("{bars}");
    Ok(())
}
