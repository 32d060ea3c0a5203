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
    /// `SIGHUP` is left alone: servers read their settings anew at it, and `nohup` ignores it. Elsewhere than on Unix this does nothing. Once
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
        io, process,
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
        if !*listens {
            // The thread first: signals that nobody waits for would end nothing any more.
            let (started, is_started) = mpsc::channel();
            thread::Builder::new().name("llm-span signals".into()).spawn(move || wait(&started))?;
            is_started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that waits for signals has ended")))?;
            *listens = true;
        }
        Ok(())
    }

    fn wait(started: &mpsc::Sender<io::Result<()>>) {
        let signals = Signals::new([SIGTERM, SIGINT]);
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
}
