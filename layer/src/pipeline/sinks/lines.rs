//! Lines that are written as they are: the program's own log lines.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::out::Out;
use crate::pipeline::worker::{Failure, Patience, Queue, Sink};

/// Hands lines to the thread that writes them; `None`: nobody writes them.
#[derive(Clone, Debug)]
pub(crate) struct LineWriter(pub(crate) Option<Queue<Vec<u8>>>);

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

/// A line is handed over in one piece.
impl Write for &LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(queue) = &self.0 {
            queue.push(line.to_vec());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
