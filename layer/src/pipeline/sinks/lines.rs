//! Lines that are written as they are: the program's own log lines.

use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use super::out::Out;
use crate::pipeline::{
    settings::LogOutput,
    worker::{Failure, Patience, Queue, Sink, TARGET},
};

/// Hands lines to the thread that writes them; once that has ended, to the stream itself: a program may still log when its telemetry has ended.
#[derive(Clone, Debug)]
pub(crate) struct LineWriter(pub(crate) Option<LineQueue>);

/// Lines that wait.
#[derive(Clone, Debug)]
pub(crate) struct LineQueue {
    pub(crate) queue: Queue<Vec<u8>>,
    pub(crate) output: LogOutput,
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = OneLine<'a>;

    fn make_writer(&'a self) -> OneLine<'a> {
        OneLine { to: self.0.as_ref(), is_own: false }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> OneLine<'a> {
        OneLine { to: self.0.as_ref(), is_own: metadata.target() == TARGET }
    }
}

/// Takes a line in one piece.
pub(crate) struct OneLine<'a> {
    to: Option<&'a LineQueue>,
    /// The pipeline's own.
    is_own: bool,
}

impl Write for OneLine<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.to {
            Some(to) if to.queue.has_ended() => out(to.output).write_now(line)?,
            Some(to) if self.is_own => to.queue.push_own(line.to_vec()),
            Some(to) => {
                to.queue.push(line.to_vec());
            }
            None => {}
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The stream.
pub(crate) fn out(output: LogOutput) -> Out {
    match output {
        LogOutput::Stdout => Out::stdout(),
        LogOutput::Stderr => Out::stderr(),
    }
}

/// Writes lines.
pub(crate) struct Lines(pub(crate) Out);

impl Sink for Lines {
    type Item = Vec<u8>;

    fn write(&mut self, batch: Vec<Vec<u8>>, patience: &Patience) -> Result<(), Failure> {
        let ends = batch.iter().scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        });
        self.0.write(&batch.concat(), &ends.collect::<Vec<_>>(), patience)
    }
}
