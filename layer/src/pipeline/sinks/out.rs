//! Standard output and standard error, as sinks write to them.

use std::{
    io::{self, ErrorKind, IsTerminal as _, Write},
    time::Duration,
};

use crate::pipeline::worker::{Failure, Patience};

/// A stream that lines are written to, a batch at once.
pub(crate) struct Out {
    stream: Stream,
    /// Whether it is shown on a terminal that has colours.
    pub(crate) is_coloured: bool,
}

enum Stream {
    Stdout,
    Stderr,
    #[cfg(test)]
    Other(Box<dyn Write + Send>),
}

impl Out {
    pub(crate) fn stdout() -> Self {
        Self { stream: Stream::Stdout, is_coloured: has_colours(io::stdout().is_terminal()) }
    }

    pub(crate) fn stderr() -> Self {
        Self { stream: Stream::Stderr, is_coloured: has_colours(io::stderr().is_terminal()) }
    }

    #[cfg(test)]
    pub(crate) fn to(stream: impl Write + Send + 'static) -> Self {
        Self { stream: Stream::Other(Box::new(stream)), is_coloured: false }
    }

    /// Writes a line, as whoever waits for it does.
    pub(crate) fn write_now(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_bytes(line, |_| false).map_err(|(_, error)| error)
    }

    /// Writes lines, of which `ends` says where each item's end.
    pub(crate) fn write(&mut self, lines: &[u8], ends: &[usize], patience: &Patience) -> Result<(), Failure> {
        self.write_bytes(lines, |wait| patience.wait(wait)).map_err(|(written, error)| Failure {
            lost: ends.iter().filter(|end| **end > written).count(),
            why: error.to_string(),
        })
    }

    /// Writes all of it; `wait` says whether it is to be tried again where the stream takes nothing now. On a failure, how much was taken.
    ///
    /// The stream is locked meanwhile: no other line comes between.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8], wait: impl FnMut(Duration) -> bool) -> Result<(), (usize, io::Error)> {
        match &mut self.stream {
            Stream::Stdout => write_all(&mut io::stdout().lock(), bytes, wait),
            Stream::Stderr => write_all(&mut io::stderr().lock(), bytes, wait),
            #[cfg(test)]
            Stream::Other(stream) => write_all(&mut **stream, bytes, wait),
        }
    }
}

fn write_all(stream: &mut dyn Write, bytes: &[u8], mut wait: impl FnMut(Duration) -> bool) -> Result<(), (usize, io::Error)> {
    /// A stream that another process has set not to block.
    const PAUSE: Duration = Duration::from_millis(20);
    let mut goes_on = |error: &io::Error| match error.kind() {
        ErrorKind::Interrupted => true,
        ErrorKind::WouldBlock => wait(PAUSE),
        _ => false,
    };
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(0) => return Err((written, ErrorKind::WriteZero.into())),
            Ok(taken) => written += taken,
            Err(error) if goes_on(&error) => {}
            Err(error) => return Err((written, error)),
        }
    }
    loop {
        match stream.flush() {
            Ok(()) => return Ok(()),
            Err(error) if goes_on(&error) => {}
            // What the stream keeps is not told apart from what it wrote.
            Err(error) => return Err((0, error)),
        }
    }
}

/// Colours are for terminals, unless they are switched off: see <https://no-color.org>.
fn has_colours(is_terminal: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    wants_colours(is_terminal, is_set("NO_COLOR"), std::env::var_os("TERM").is_some_and(|term| term == "dumb"))
}

const fn wants_colours(is_terminal: bool, no_color: bool, is_dumb: bool) -> bool {
    is_terminal && !no_color && !is_dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        assert!(wants_colours(true, false, false));
        assert!(!wants_colours(false, false, false));
        assert!(!wants_colours(true, true, false));
        assert!(!wants_colours(true, false, true));
    }

    /// Takes a few bytes at a time, and nothing in between; then it fails.
    struct Sluggish {
        taken: Vec<u8>,
        room: usize,
        is_ready: bool,
    }

    impl Write for Sluggish {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.is_ready = !self.is_ready;
            if !self.is_ready {
                return Err(ErrorKind::WouldBlock.into());
            }
            let take = bytes.len().min(3).min(self.room);
            self.room -= take;
            self.taken.extend_from_slice(&bytes[..take]);
            if take == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(take) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_takes_nothing_now_is_tried_again() {
        let mut out = Out::to(Sluggish { taken: Vec::new(), room: 100, is_ready: true });
        let mut waits = 0;
        let written = out.write_bytes(b"one\ntwo\n", |_| {
            waits += 1;
            true
        });
        assert!(written.is_ok() && waits == 3, "{written:?}, {waits} waits");
    }

    #[test]
    fn what_was_written_before_a_failure_is_not_lost() {
        let mut out = Out::to(Sluggish { taken: Vec::new(), room: 5, is_ready: false });
        let failure = out.write(b"one\ntwo\nthree\n", &[4, 8, 14], &Patience::default());
        assert_eq!(failure.map_err(|failure| failure.lost), Err(2));
    }
}
