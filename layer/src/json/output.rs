//! Where lines go, and the count of those that did not get there.

use super::turn::Writing;
use super::value::forget_payload;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

/// How many lines were lost, to be read while the layer is at work.
///
/// A line is lost where the writer fails or panics, where the event comes from within the writer, and where events are
/// emitted while another event is formatted, each within the last, more than four deep. What a non-blocking writer
/// drops after it took the line is counted by that writer.
///
/// # Examples
///
/// ```
/// use llm_span::JsonLogs;
///
/// let logs = JsonLogs::new(std::io::stdout);
/// let dropped = logs.dropped();
/// // … install `logs` …
/// assert_eq!(dropped.count(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct DroppedLines(Arc<AtomicU64>);

impl DroppedLines {
    /// Lines lost so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs a hook. A panic in it, as from a lock that another layer left poisoned, costs the line and not the caller.
    pub(super) fn guard(&self, hook: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(hook)) {
            forget_payload(payload);
            self.add_one();
        }
    }
}

/// Hands over the line in one piece, so that lines of several threads or processes do not mix. A writer that panics is the
/// caller's to [guard](DroppedLines::guard) against.
pub(super) fn write<W>(writer: &W, metadata: &Metadata<'_>, line: &[u8], dropped: &DroppedLines)
where
    W: for<'a> MakeWriter<'a>,
{
    let writing = Writing::start();
    if writer.make_writer_for(metadata).write_all(line).is_err() {
        dropped.add_one();
    }
    drop(writing);
}
