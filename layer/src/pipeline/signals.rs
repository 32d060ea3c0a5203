//! The end of the program by a signal.

use std::io;

use super::guard::Guard;

impl Guard {
    /// Has telemetry written when the program is ended by `SIGTERM` or `SIGINT` (Ctrl-C), which drop nothing: for programs that don't see to
    /// these signals themselves.
    ///
    /// A thread waits for the signals. At the first one it ends all pipelines of the process, within
    /// [`Settings::shutdown_timeout`](super::Settings::shutdown_timeout), and lets the signal end the program as it would have: whoever started
    /// it sees the signal, not an exit code. (The first process of a container can't be ended by a signal of its own: it exits with 143 for
    /// `SIGTERM`, 130 for `SIGINT`.) A second signal meanwhile ends the program at once. Spans that are still open are not exported.
    ///
    /// ```no_run
    /// use llm_span::Telemetry;
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let telemetry = Telemetry::new().file("config.yaml").install()?;
    ///     telemetry.shutdown_on_signals()?;
    ///     // … works until it is told to stop …
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A program that stops gracefully needs no such thread, and must have none, since that would end it before it is done: it waits for the
    /// signal, finishes its requests and returns from `main`, where the guard is dropped.
    ///
    /// ```no_run
    /// use llm_span::Telemetry;
    /// # async fn serve(stopped: impl Future<Output = ()>) {}
    /// # async fn stopped() {}
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let _telemetry = Telemetry::new().file("config.yaml").install()?;
    ///     // `stopped` waits for `tokio::signal`; axum has `axum::serve(listener, app).with_graceful_shutdown(stopped())`.
    ///     serve(stopped()).await;
    ///     Ok(())
    /// } // flushed here
    /// ```
    ///
    /// `SIGHUP` is left alone: servers read their settings anew at it, and `nohup` ignores it. So is on Linux either of the two that is ignored
    /// when this is called: shells start programs in the background (`program &` in a script) so that Ctrl-C does not end them. Other systems
    /// don't tell without unsafe code: there it ends them nevertheless. Elsewhere than on Unix this does nothing. Once
    /// is enough, also of several pipelines; the thread stays when they have ended, and lets signals end the program.
    ///
    /// # Errors
    ///
    /// The system refuses to have the signals handled, or the thread.
    pub fn shutdown_on_signals(&self) -> io::Result<()> {
        #[cfg(unix)]
        unix::listen()?;
        Ok(())
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs, io, process,
        sync::{Mutex, PoisonError, mpsc},
        thread,
    };

    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
        low_level,
    };

    use crate::pipeline::at_exit;

    /// Whether the thread runs. It is never stopped: signals that were handled once are not handled by the system again.
    static LISTENS: Mutex<bool> = Mutex::new(false);

    pub(super) fn listen() -> io::Result<()> {
        let mut listens = LISTENS.lock().unwrap_or_else(PoisonError::into_inner);
        let signals = wanted(&ignored());
        if !*listens && !signals.is_empty() {
            // The thread first: signals that nobody waits for would end nothing any more.
            let (started, is_started) = mpsc::channel();
            thread::Builder::new().name("llm-span signals".into()).spawn(move || wait(&signals, &started))?;
            is_started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that waits for signals has ended")))?;
            *listens = true;
        }
        Ok(())
    }

    /// Those that are not ignored: whoever started the program has seen to it that they don't end it.
    fn wanted(ignored: &impl Fn(i32) -> bool) -> Vec<i32> {
        [SIGTERM, SIGINT].into_iter().filter(|signal| !ignored(*signal)).collect()
    }

    /// Which signals this process ignores, as Linux tells; none where it is not known.
    fn ignored() -> impl Fn(i32) -> bool {
        let status =
            if cfg!(any(target_os = "linux", target_os = "android")) { fs::read("/proc/self/status").ok() } else { None };
        let mask = status.as_deref().map_or(0, mask);
        move |signal| is_in(mask, signal)
    }

    const fn is_in(mask: u64, signal: i32) -> bool {
        mask >> (signal - 1) & 1 == 1
    }

    /// A bit a signal, the first one for signal 1. The name of the process stands there, too, and may be any bytes.
    fn mask(status: &[u8]) -> u64 {
        let digits =
            String::from_utf8_lossy(status).lines().find_map(|line| Some(line.strip_prefix("SigIgn:")?.trim().to_owned()));
        digits.and_then(|digits| u64::from_str_radix(&digits, 16).ok()).unwrap_or(0)
    }

    fn wait(signals: &[i32], started: &mpsc::Sender<io::Result<()>>) {
        let signals = Signals::new(signals);
        let (mut signals, outcome) = signals.map_or_else(|error| (None, Err(error)), |signals| (Some(signals), Ok(())));
        drop(started.send(outcome));
        let mut is_ending = false;
        for signal in signals.iter_mut().flat_map(Signals::forever) {
            if is_ending {
                end(signal);
            }
            is_ending = true;
            let work = move || {
                at_exit::shutdown_all();
                end(signal);
            };
            // This thread has to see the next signal.
            if thread::Builder::new().name("llm-span ending".into()).spawn(work).is_err() {
                at_exit::shutdown_all();
                end(signal);
            }
        }
    }

    /// Ends the program as the signal does that nobody handles.
    fn end(signal: i32) {
        // The first process of a container can't be ended by a signal of its own; shells tell a signal by such a code.
        if process::id() == 1 {
            low_level::exit(128 + signal);
        }
        // It fails for signals that are unknown, which these are not.
        let _ = low_level::emulate_default_handler(signal);
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn signals_that_are_ignored_are_left_alone() {
            let table: [(&[u8], &[i32]); 5] = [
                (b"Name:\tprogram\nSigIgn:\t0000000000000000\n", &[SIGTERM, SIGINT]),
                (b"Name:\t\xff\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000000006\n", &[SIGTERM]),
                (b"SigIgn:\t0000000000004000\n", &[SIGINT]),
                (b"SigIgn:\tffffffffffffffff\n", &[]),
                (b"SigIgn:\tnonsense\n", &[SIGTERM, SIGINT]),
            ];
            for (status, expected) in table {
                let mask = mask(status);
                assert_eq!(wanted(&|signal| is_in(mask, signal)), expected, "{}", String::from_utf8_lossy(status));
            }
        }
    }
}
