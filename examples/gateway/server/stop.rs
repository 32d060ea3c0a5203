//! How a program is told to stop: at first gently, then at once.

use std::io;

use tokio::sync::watch;

/// How far a program was asked to stop, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Not,
    Gently(&'static str),
    AtOnce(&'static str),
}

/// Asks a program to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Sender<Asked>);

/// Learns that the program is to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<Asked>);

/// Who asks, and who learns.
pub(crate) fn stop() -> (Stop, Stopping) {
    let (asks, asked) = watch::channel(Asked::Not);
    (Stop(asks), Stopping(asked))
}

impl Stop {
    /// What is under way may end. Asked again it changes nothing.
    pub(crate) fn gently(&self, by: &'static str) {
        self.0.send_if_modified(|asked| {
            let is_first = *asked == Asked::Not;
            if is_first {
                *asked = Asked::Gently(by);
            }
            is_first
        });
    }

    /// What is under way is given up.
    pub(crate) fn at_once(&self, by: &'static str) {
        self.0.send_replace(Asked::AtOnce(by));
    }

    /// A signal: the first time gently, then at once.
    fn signal(&self, by: &'static str) {
        let is_asked = *self.0.borrow() != Asked::Not;
        if is_asked { self.at_once(by) } else { self.gently(by) }
    }
}

impl Stopping {
    /// Waits until it is asked to stop, gently or at once, and says by what.
    pub(crate) async fn asked(&mut self) -> &'static str {
        self.until(|asked| match asked {
            Asked::Not => None,
            Asked::Gently(by) | Asked::AtOnce(by) => Some(by),
        })
        .await
    }

    /// Waits until it is asked to stop at once, and says by what.
    pub(crate) async fn at_once(&mut self) -> &'static str {
        self.until(|asked| match asked {
            Asked::Not | Asked::Gently(_) => None,
            Asked::AtOnce(by) => Some(by),
        })
        .await
    }

    async fn until(&mut self, by: impl Fn(Asked) -> Option<&'static str>) -> &'static str {
        let found = self.0.wait_for(|asked| by(*asked).is_some()).await.ok().and_then(|asked| by(*asked));
        match found {
            Some(by) => by,
            // Nobody is left to ask.
            None => std::future::pending().await,
        }
    }
}

/// Listens from now on for `SIGTERM`, which service managers and containers send, and for Ctrl-C; on Windows for Ctrl-C alone. The first asks
/// gently, the second at once.
///
/// # Errors
///
/// Where the system lets no signal be heard.
#[cfg(unix)]
pub(crate) fn on_signals(stop: Stop) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            let by = tokio::select! {
                Some(()) = terminated.recv() => "SIGTERM",
                Some(()) = interrupted.recv() => "SIGINT",
                else => break,
            };
            stop.signal(by);
        }
    });
    Ok(())
}

/// Listens for Ctrl-C from now on. The first asks gently, the second at once.
#[cfg(windows)]
pub(crate) fn on_signals(stop: Stop) -> io::Result<()> {
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    tokio::spawn(async move {
        while interrupted.recv().await.is_some() {
            stop.signal("Ctrl-C");
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_second_signal_asks_at_once_and_the_first_does_not() {
        let (stop, mut stopping) = stop();
        assert_eq!(stopping.asked().now_or_never(), None);
        stop.signal("SIGTERM");
        assert_eq!(stopping.asked().now_or_never(), Some("SIGTERM"));
        assert_eq!(stopping.at_once().now_or_never(), None);
        stop.signal("SIGINT");
        assert_eq!(stopping.at_once().now_or_never(), Some("SIGINT"));
    }

    #[test]
    fn asking_gently_again_changes_nothing() {
        let (stop, mut stopping) = stop();
        stop.signal("SIGTERM");
        stop.gently("supervisor");
        assert_eq!(stopping.at_once().now_or_never(), None);
        assert_eq!(stopping.asked().now_or_never(), Some("SIGTERM"));
    }

    #[test]
    fn what_nobody_can_stop_any_more_goes_on() {
        let (stop, mut stopping) = stop();
        drop(stop);
        assert_eq!(stopping.asked().now_or_never(), None);
    }
}
