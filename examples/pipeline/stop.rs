//! Waits until the program is told to stop.

use std::io;

/// Listens from now on for `SIGTERM`, which service managers and containers send, and for Ctrl-C. What is returned waits for them, and says
/// which it was.
#[cfg(unix)]
pub(crate) fn on_signal() -> io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => "SIGTERM",
            _ = interrupted.recv() => "SIGINT",
        }
    })
}

/// Listens for Ctrl-C from now on.
#[cfg(windows)]
pub(crate) fn on_signal() -> io::Result<impl Future<Output = &'static str>> {
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupted.recv().await;
        "Ctrl-C"
    })
}
