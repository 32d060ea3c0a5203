//! An LLM gateway: it serves the OpenAI API, and passes calls on to a provider. Here it is for its telemetry; README.md beside this file shows what
//! there is to see.
//!
//!     cargo run --example gateway                          # on 127.0.0.1:8080; no key, no network: a provider is embedded
//!     cargo run --example gateway -- -config config.yaml
//!     cargo run --example gateway -- --help

mod activity;
mod admission;
mod api;
mod app;
mod arguments;
mod provider;
mod queue;
mod routes;
mod run;
mod server;
mod store;
mod telemetry;
#[cfg(test)]
mod testing;
mod workers;

use std::{error::Error, io::Write as _, process::ExitCode};

use crate::{
    arguments::{Arguments, StoreChoice},
    store::SqliteStore,
    workers::{Plan, Worker, only_log_lines, supervise},
};

#[tokio::main]
async fn main() -> ExitCode {
    match start().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody reads it nothing is lost.
            let _ = writeln!(std::io::stderr(), "gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The supervisor of workers, one of them, or the one process that there is.
async fn start() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read(std::env::args_os());
    let worker = Worker::of_environment()?;
    let (stop, stopping) = server::stop();
    if let Some(worker) = worker {
        // A signal at the terminal reaches all processes: it is the supervisor's to say what becomes of it.
        server::on_signals(stop.clone())?;
        worker.obey(stop)?;
    } else {
        server::on_signals(stop)?;
    }
    let telemetry = telemetry::telemetry(&arguments, worker.is_some())?;
    if worker.is_none() && arguments.workers > 1 {
        let settings = telemetry.settings()?;
        // Kept until the end, so that the last lines are written.
        let _logs = only_log_lines(&settings)?;
        if let StoreChoice::Sqlite(file) = &arguments.store {
            run::give_up_unfinished(&SqliteStore::open(file)?)?;
        }
        let plan = Plan { workers: arguments.workers, listen: arguments.listen, grace: arguments.grace, settings };
        return Ok(supervise(plan, stopping).await?);
    }
    let telemetry = telemetry.install()?;
    // Of what is returned before its end, telemetry is told nothing more: it is flushed when it is dropped here.
    run::run(&arguments, worker, &telemetry, stopping).await
}
