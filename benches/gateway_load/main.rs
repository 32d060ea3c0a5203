//! What telemetry costs the example `gateway` under load: the same gateway four times, each with more of it switched on, under the same load by turns.
//!
//! All that takes part is a process of its own: the provider and the Collector are this program again, `wrk` puts on the load.

#![allow(clippy::print_stdout, missing_docs, reason = "a bench prints its figures")]
#![forbid(unsafe_code)]

mod books;
mod collector;
mod figures;
mod gateway;
mod helper;
mod kinds;
mod load;
mod provider;
mod scrape;
mod tools;

use std::{error::Error, io::Write as _, path::Path, process::ExitCode, time::Duration};

use figures::Figures;
use gateway::Gateway;
use helper::Helper;
use kinds::{Kind, Load};

type Failure = Box<dyn Error>;

/// How long it is measured.
#[derive(Clone, Copy)]
struct Length {
    rounds: usize,
    seconds: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some(provider::ROLE) => provider::serve(),
        Some(collector::ROLE) => collector::serve(),
        _ => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody reads it nothing is lost.
            let _ = writeln!(std::io::stderr(), "gateway_load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `cargo bench` passes `--bench`; whoever runs the program otherwise wants to know that it runs.
fn length(arguments: &[String]) -> Length {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has("--bench") && !has("--quick") { Length { rounds: 9, seconds: 3 } } else { Length { rounds: 1, seconds: 1 } }
}

fn measure(arguments: &[String]) -> Result<(), Failure> {
    let length = length(arguments);
    let tools = tools::Tools::find()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let provider = Helper::start(provider::ROLE)?;
    let collector = Helper::start(collector::ROLE)?;
    let gateways = start(&tools, folder.path(), &provider, &collector)?;
    let mut figures = Figures::default();
    if length.rounds > 1 {
        // Connections, caches, series.
        turn(&tools, folder.path(), &gateways, 0, Length { rounds: 1, seconds: 1 }, &mut Figures::default())?;
    }
    for round in 0..length.rounds {
        turn(&tools, folder.path(), &gateways, round, length, &mut figures)?;
    }
    let ended = gateways.into_iter().map(Gateway::end).collect::<Result<Vec<_>, _>>()?;
    books::check(&ended, &provider.end()?, &collector.end()?)?;
    if length.rounds > 1 {
        print!("{figures}");
    } else {
        println!("gateway under load: all kinds run; `cargo bench` without `--quick` measures them");
    }
    Ok(())
}

fn start(tools: &tools::Tools, folder: &Path, provider: &Helper, collector: &Helper) -> Result<Vec<Gateway>, Failure> {
    let gateways = Kind::ALL.map(|kind| Gateway::start(kind, &tools.gateway, folder, provider.address(), collector.address()));
    gateways.into_iter().collect()
}

/// Each load on each gateway once, one after the other; in each round another one is first.
fn turn(
    tools: &tools::Tools,
    folder: &Path,
    gateways: &[Gateway],
    round: usize,
    length: Length,
    figures: &mut Figures,
) -> Result<(), Failure> {
    for load in Load::ALL {
        for place in 0..gateways.len() {
            let gateway = &gateways[(place + round) % gateways.len()];
            figures.add(gateway.kind, load, gateway.under(load, &tools.wrk, folder, Duration::from_secs(length.seconds))?);
        }
    }
    Ok(())
}
