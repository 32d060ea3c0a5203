//! Looks into a file of telemetry that a pipeline has written, or is writing: recent traces, slow spans, tokens and costs, the tree of a trace.
//!
//!     cargo run --example traces -- --db telemetry.db list --since 1h --status error
//!     cargo run --example traces -- --db telemetry.db slow --longer-than 500ms
//!     cargo run --example traces -- --db telemetry.db usage --since 7d
//!     cargo run --example traces -- --db telemetry.db show a7bf
//!     cargo test --example traces

#![allow(clippy::print_stderr, reason = "a command tells what is wrong")]

mod arguments;
mod clock;
mod find;
mod table;
#[cfg(test)]
mod tests;
mod tree;

use std::{
    io::{self, ErrorKind},
    process::ExitCode,
};

use llm_span::store::Store;

use crate::{
    arguments::{Arguments, Command, USAGE},
    find::Problem,
};

fn main() -> ExitCode {
    let arguments = match arguments::texts(std::env::args_os().skip(1)).and_then(Arguments::read) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("traces: {why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let text = match run(&arguments) {
        Ok(text) => text,
        Err(problem) => {
            eprintln!("traces: {problem}");
            return ExitCode::FAILURE;
        }
    };
    match show(io::stdout(), &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("traces: what was found can't be shown: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `traces list | head -1` ends early, and is no failure.
fn show(mut out: impl io::Write, text: &str) -> io::Result<()> {
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        shown => shown,
    }
}

/// What is to be shown.
fn run(arguments: &Arguments) -> Result<String, Problem> {
    if let Command::Help = arguments.command {
        return Ok(USAGE.to_owned());
    }
    let store = Store::open(&arguments.file)?;
    Ok(match &arguments.command {
        Command::List => find::traces(&store, arguments)?,
        Command::Slow => find::slow_spans(&store, arguments)?,
        Command::Usage => find::usage(&store, arguments)?,
        Command::Show(prefix) => find::tree(&store, prefix)?,
        Command::Help => String::new(),
    })
}
