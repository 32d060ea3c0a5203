//! What the command line says.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroU32, path::PathBuf, str::FromStr, time::Duration};

use clap::Parser;

/// An LLM gateway: it serves the OpenAI API, and passes calls on to a provider.
///
/// The provider is the server that `OPENAI_BASE_URL` and `OPENAI_API_KEY` name; without them an embedded one answers, which needs no network and no
/// key. Options may be written with one dash, too: `-config config.yaml`.
#[derive(Clone, Debug, Parser)]
#[command(name = "gateway", disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// A YAML file with settings of telemetry, as `observability:` of an LLM gateway, `telemetry:` of Twinkle or Llama Stack, or `llm_span:`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where it listens; port 0: a free one, which the log tells
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where conversations are kept: `memory`, or `sqlite:FILE`
    #[arg(long, value_name = "STORE", default_value = "memory")]
    pub(crate) store: StoreChoice,
    /// A file with the keys that are let in, one a line, `NAME: KEY` or `KEY`; without it everybody is let in
    #[arg(long, value_name = "FILE")]
    pub(crate) api_keys: Option<PathBuf>,
    /// For a gateway that anybody may reach: requests begin traces of their own, linked to those that they name, and say nothing of who they are
    #[arg(long)]
    pub(crate) untrusted: bool,
    /// So many requests a second for each client, of all workers together
    #[arg(long, value_name = "NUMBER", default_value = "1000")]
    pub(crate) rate_limit: NonZeroU32,
    /// So many requests of a client at once, of all workers together
    #[arg(long, value_name = "NUMBER", default_value = "2000")]
    pub(crate) rate_burst: NonZeroU32,
    /// The longest body of a request
    #[arg(long, value_name = "BYTES", default_value = "2097152")]
    pub(crate) body_limit: usize,
    /// A response that takes longer is given up
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub(crate) time_limit: Duration,
    /// So many background responses may wait
    #[arg(long, value_name = "NUMBER", default_value = "256")]
    pub(crate) queue_room: usize,
    /// So many background responses are worked on at a time
    #[arg(long, value_name = "NUMBER", default_value = "8", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) queue_at_once: u16,
    /// A session or a model that was not heard of for so long is not active any more
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub(crate) session_idle: Duration,
    /// When it is told to stop: how long requests under way, and background responses, may take to end
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    pub(crate) grace: Duration,
    /// So many processes serve the port; more than one needs a store that they can share
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) workers: u32,
}

/// Where conversations are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreChoice {
    Memory,
    Sqlite(PathBuf),
}

impl FromStr for StoreChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            _ => Err("expected `memory` or `sqlite:FILE`".to_owned()),
        }
    }
}

impl Arguments {
    /// Reads the command line; the program's name stands first. Ends the process where it is wrong, or asks for help.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments = arguments.into_iter().map(two_dashes);
        let read = Self::try_parse_from(arguments).and_then(Self::check);
        read.unwrap_or_else(|error| error.exit())
    }

    fn check(self) -> Result<Self, clap::Error> {
        let is_shared = self.store != StoreChoice::Memory;
        if let Err(why) = crate::workers::check(self.workers, is_shared) {
            return Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{why}\n")));
        }
        Ok(self)
    }
}

/// Programs written in Go take long options with one dash, and documents have them so.
fn two_dashes(argument: OsString) -> OsString {
    let is_long = |text: &str| text.len() > 2 && text.starts_with('-') && text.as_bytes()[1].is_ascii_lowercase();
    match argument.to_str() {
        Some(text) if is_long(text) => format!("-{text}").into(),
        _ => argument,
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0 && *seconds <= 86_400.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected a number of seconds, up to 86400".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Arguments, String> {
        let arguments = ["gateway"].iter().chain(arguments).map(|argument| two_dashes(argument.into()));
        Arguments::try_parse_from(arguments).and_then(Arguments::check).map_err(|error| error.to_string())
    }

    #[test]
    fn without_arguments_it_listens_on_the_documents_port() {
        let arguments = read(&[]).unwrap();
        assert_eq!(arguments.listen.to_string(), "127.0.0.1:8080");
        assert_eq!((arguments.store, arguments.api_keys, arguments.config), (StoreChoice::Memory, None, None));
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        for arguments in [["-config", "a.yaml"], ["--config", "a.yaml"]] {
            assert_eq!(read(&arguments).unwrap().config, Some("a.yaml".into()));
        }
        assert_eq!(read(&["-config=a.yaml"]).unwrap().config, Some("a.yaml".into()));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_was_expected() {
        for (arguments, expected) in [
            (&["--store", "redis"] as &[&str], "expected `memory` or `sqlite:FILE`"),
            (&["--store", "sqlite:"], "expected `memory` or `sqlite:FILE`"),
            (&["--listen", "localhost"], "invalid socket address"),
            (&["--grace=-1"], "expected a number of seconds"),
            (&["--grace", "0"], "expected a number of seconds"),
            (&["--time-limit", "NaN"], "expected a number of seconds"),
            (&["--rate-limit", "0"], "would be zero"),
            (&["--queue-at-once", "0"], "0 is not in"),
            (&["--confg", "a.yaml"], "'--config'"),
            (&["--workers", "2"], "--store sqlite:PATH"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }
}
