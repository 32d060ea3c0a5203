//! What a supervisor tells a worker, through the pipe that is the worker's standard input.
//!
//! A process is not mistaken for another this way, as it may be by its number. And whatever becomes of the supervisor, the pipe is closed then.

use std::io::{self, Read};

use tokio::{io::AsyncWriteExt as _, process::ChildStdin};

use crate::server::Stop;

/// By what a worker is stopped, as its log has it.
const SUPERVISOR: &str = "supervisor";

/// What a supervisor may tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Told {
    /// Requests under way may end.
    Stop = b's',
    /// They are given up.
    StopAtOnce = b'a',
}

/// Tells a worker. One that is gone needs not be told.
pub(super) async fn tell(worker: &mut Option<ChildStdin>, what: Told) {
    if let Some(worker) = worker {
        let _ = worker.write_all(&[what as u8]).await;
    }
}

/// Does as it is told, until the supervisor is gone, and ends then.
pub(super) fn obey(mut supervisor: impl Read, stop: &Stop) {
    let mut told = [0];
    loop {
        match supervisor.read(&mut told) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(1..) if told == [Told::StopAtOnce as u8] => stop.at_once(SUPERVISOR),
            Ok(1..) => stop.gently(SUPERVISOR),
            Ok(0) | Err(_) => return stop.gently("end of the supervisor"),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::server::stop;

    #[test]
    fn a_worker_stops_gently_and_then_at_once_as_it_is_told() {
        let (stop, mut stopping) = stop();
        obey(&[Told::Stop as u8, Told::StopAtOnce as u8][..], &stop);
        assert_eq!(stopping.at_once().now_or_never(), Some(SUPERVISOR));
    }

    #[test]
    fn a_worker_whose_supervisor_is_gone_stops_gently() {
        let (stop, mut stopping) = stop();
        obey(&[][..], &stop);
        assert_eq!(stopping.asked().now_or_never(), Some("end of the supervisor"));
        assert_eq!(stopping.at_once().now_or_never(), None);
    }
}
