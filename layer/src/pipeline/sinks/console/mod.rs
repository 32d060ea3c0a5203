//! Readable lines: spans as they start and end, log lines, metric events.
//!
//! ```text
//! 14:03:22.117 1c80319c:02b7 [START] chat gpt-4o  kind=client trace_id=0af7651916cd43dd8448eb211c80319c
//! 14:03:22.300 1c80319c:02b7 [INFO] response generated  attempt=1
//! 14:03:22.650 1c80319c:02b7 [METRIC] total_tokens 192 tokens  model_id=gpt-4o provider_id=openai
//! 14:03:22.650 1c80319c:02b7 [END] chat gpt-4o [OK] (533.10ms)
//!     llm.model = gpt-4o
//! ```
//!
//! Times are in UTC. After the time stand the ends of trace id and span id, so that the lines of concurrent requests are told apart; a trace's
//! first line has its id in full. What others have written, values and names, is shown on one line, cut where it is long, with control
//! characters escaped: nobody forges a line or a colour.

mod line;
mod metric_dump;
mod shown;
mod style;

pub(crate) use metric_dump::MetricDump;

use self::style::Paint;
use super::{lines::out, out::Out};
use crate::pipeline::{
    event::Event,
    settings::LogOutput,
    worker::{Failure, Patience, Sink},
};

/// Writes readable lines.
pub(crate) struct Console {
    out: Out,
}

impl Console {
    /// On standard output or standard error, in colours where that is a terminal (and `NO_COLOR` is not set).
    pub(crate) fn on(output: LogOutput) -> Self {
        Self { out: out(output) }
    }

    /// Shows an event at once.
    pub(crate) fn show(&mut self, event: &Event) -> std::io::Result<()> {
        let mut text = String::new();
        line::write(event, Paint(self.out.is_coloured), &mut text);
        self.out.write_now(text.as_bytes())
    }
}

impl Sink for Console {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, patience: &Patience) -> Result<(), Failure> {
        let mut lines = String::new();
        let mut ends = Vec::with_capacity(batch.len());
        for event in &batch {
            line::write(event, Paint(self.out.is_coloured), &mut lines);
            ends.push(lines.len());
        }
        self.out.write(lines.as_bytes(), &ends, patience)
    }
}
