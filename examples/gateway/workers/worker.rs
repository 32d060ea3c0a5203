//! A worker process, as it sees itself.

use std::{env, io, net::SocketAddr, thread};

use llm_span::pipeline::Settings;

use super::told;
use crate::server::Stop;

/// Which of the workers a process is, from 1 on.
pub(super) const NUMBER: &str = "GATEWAY_WORKER";

/// Where it listens, together with the others.
pub(super) const LISTEN: &str = "GATEWAY_LISTEN";

/// What a worker process was told at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worker {
    /// Which of the workers it is, from 1 on.
    pub(crate) number: u32,
    /// Where it listens, together with the others.
    pub(crate) listen: SocketAddr,
}

impl Worker {
    /// Whether this process is a worker.
    ///
    /// # Errors
    ///
    /// Where what it was told makes no sense.
    pub(crate) fn of_environment() -> Result<Option<Self>, String> {
        Self::of(env::var(NUMBER).ok().as_deref(), env::var(LISTEN).ok().as_deref())
    }

    fn of(number: Option<&str>, listen: Option<&str>) -> Result<Option<Self>, String> {
        let Some(number) = number.filter(|number| !number.is_empty()) else { return Ok(None) };
        let wrong = |name: &str, value: &str, expected: &str| {
            format!(
                "environment: {name} is `{value}`, expected {expected}; a supervisor sets it: unset {NUMBER} to start a gateway"
            )
        };
        let read = number.parse().ok().filter(|number| *number > 0);
        let number = read.ok_or_else(|| wrong(NUMBER, number, "a number from 1 on"))?;
        let listen = listen.unwrap_or_default();
        let listen = listen.parse().map_err(|_| wrong(LISTEN, listen, "an address and a port: 127.0.0.1:8080"))?;
        Ok(Some(Self { number, listen }))
    }

    /// Stops from now on when the supervisor says so, and when it is gone.
    ///
    /// # Errors
    ///
    /// Where no thread can be started.
    pub(crate) fn obey(self, stop: Stop) -> io::Result<()> {
        // It may be left waiting at the end of the program.
        let waits = thread::Builder::new().name(format!("worker-{}-told", self.number));
        waits.spawn(move || told::obey(io::stdin().lock(), &stop)).map(drop)
    }

    /// Says that this worker's telemetry is there, in the words that Twinkle's operators look for. Where Twinkle's variables alone set it up, the
    /// pipeline has said so already.
    pub(crate) fn announce(self, settings: &Settings) {
        if settings.enabled && !settings.is_twinkle_worker {
            tracing::info!(worker = self.number, "Worker telemetry initialized");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_process_that_was_told_nothing_is_no_worker() {
        assert_eq!(Worker::of(None, Some("127.0.0.1:80")), Ok(None));
    }

    #[test]
    fn a_worker_knows_its_number_and_where_it_listens() {
        let worker = Worker::of(Some("3"), Some("127.0.0.1:8080")).unwrap().unwrap();
        assert_eq!(worker, Worker { number: 3, listen: ([127, 0, 0, 1], 8080).into() });
    }

    #[test]
    fn a_worker_that_was_told_nonsense_says_what() {
        let number = Worker::of(Some("0"), Some("127.0.0.1:8080")).unwrap_err();
        assert!(number.contains("GATEWAY_WORKER is `0`"), "{number}");
        let listen = Worker::of(Some("1"), None).unwrap_err();
        assert!(listen.contains("GATEWAY_LISTEN is ``"), "{listen}");
    }
}
