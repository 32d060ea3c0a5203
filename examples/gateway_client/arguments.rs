//! What the command line says.

use clap::{Parser, error::ErrorKind};

/// Drives the example `gateway`, and prints where each trace can be seen
#[derive(Clone, Debug, Parser)]
#[command(name = "gateway_client")]
pub(crate) struct Arguments {
    /// Where the gateway is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) gateway: reqwest::Url,
    /// The model to ask
    #[arg(long, value_name = "NAME", default_value = "gpt-4o")]
    pub(crate) model: String,
    /// What to show, where the gateway wants to see a key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// The SQLite file of the gateway's telemetry
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<String>,
    /// Where Jaeger is
    #[arg(long, value_name = "URL", default_value = "http://localhost:16686")]
    pub(crate) traces: String,
}

impl Arguments {
    /// Ends the process where they are wrong, or ask for help.
    pub(crate) fn read() -> Self {
        let arguments = Self::parse();
        if arguments.gateway.cannot_be_a_base() || !arguments.gateway.scheme().starts_with("http") {
            clap::Error::raw(ErrorKind::ValueValidation, "`--gateway`: expected `http://HOST:PORT`\n").exit();
        }
        arguments
    }
}
