//! Looks into a file of telemetry that a pipeline has written, or is writing: recent traces, slow spans, tokens and costs, the tree of a trace.
//!
//!     cargo run --example traces -- --db telemetry.db list --since 1h --status error
//!     cargo run --example traces -- --db telemetry.db slow --longer-than 500ms
//!     cargo run --example traces -- --db telemetry.db usage --since 7d
//!     cargo run --example traces -- --db telemetry.db show a7bf
//!     cargo test --example traces

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command shows what it finds")]

mod arguments;
mod clock;
mod find;
mod table;
#[cfg(test)]
mod tests;
mod tree;

use std::process::ExitCode;

use llm_span::store::Store;

use crate::{
    arguments::{Arguments, Command, USAGE},
    find::Problem,
};

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("traces: {why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("traces: {problem}");
            ExitCode::FAILURE
        }
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
