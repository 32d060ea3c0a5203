//! Logs findings as JSON lines, from a thread of its own: a hook of a layer never waits for a writer.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Map, Value, json};

use super::{
    FindingSink, SpanFinding, at_exit,
    queue::{self, Queue},
    repeats::{LeftOut, Repeats},
};

/// Logs findings as JSON lines, one a minute for the same finding at the same place, with the count of those left out.
///
/// ```text
/// {"time_unix_ms":1772519804000,"level":"violation","finding":"missing-attribute","contract":"amtp","attribute":"llm.tokens.prompt",…}
/// ```
///
/// Lines are written by a thread of its own, which starts with the first finding. What is queued is written when the sink is dropped,
/// and, since a global subscriber never is, when `main` returns or calls `std::process::exit`; for that the sink must have been made on
/// the main thread, or have got a finding there, on a Unix system. A program that ends otherwise calls [`flush_all`](Self::flush_all).
pub struct LogFindings {
    writer: Mutex<Option<Box<dyn Write + Send>>>,
    queue: Arc<Queue>,
    thread: OnceLock<Option<thread::JoinHandle<()>>>,
    repeats: Mutex<Repeats>,
}

impl fmt::Debug for LogFindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogFindings").finish_non_exhaustive()
    }
}

/// To standard error.
impl Default for LogFindings {
    fn default() -> Self {
        Self::new(std::io::stderr())
    }
}

impl LogFindings {
    /// Logs to `writer`.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        at_exit::arm();
        Self {
            writer: Mutex::new(Some(Box::new(writer))),
            queue: Arc::default(),
            thread: OnceLock::new(),
            repeats: Mutex::default(),
        }
    }

    /// How many findings were dropped: the writer was too slow, has panicked, or got no thread of its own.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Waits until what was found so far is written, for at most `timeout`; whether it was.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.queue.wait_until_written(Instant::now().checked_add(timeout))
    }

    /// [`flush`](Self::flush) for all sinks of this kind in the process, that of a global subscriber too, which a program can't reach:
    /// to be called before a program ends otherwise than by its `main`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// assert!(llm_span::LogFindings::flush_all(Duration::from_millis(500)));
    /// ```
    pub fn flush_all(timeout: Duration) -> bool {
        at_exit::flush(timeout)
    }

    fn send(&self, line: String) {
        at_exit::arm();
        self.thread.get_or_init(|| {
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
            queue::start(&self.queue, writer?)
        });
        self.queue.push(line);
    }
}

impl FindingSink for LogFindings {
    fn accept(&self, finding: &SpanFinding) {
        let left_out = self.repeats.lock().unwrap_or_else(PoisonError::into_inner).see(finding, Instant::now());
        if let Some(left_out) = left_out {
            self.send(line(finding, left_out));
        }
    }
}

impl Drop for LogFindings {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(Some(thread)) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn line(finding: &SpanFinding, left_out: LeftOut) -> String {
    let SpanFinding { finding: what, span, file, line, outcome, trace_id, span_id } = finding;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut object = Map::new();
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(key.to_owned(), value);
        }
    };
    add("time_unix_ms", Some(json!(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))));
    add("level", Some(json!(what.level.name())));
    add("finding", Some(json!(what.kind.id())));
    add("contract", Some(json!(what.contract)));
    add("attribute", what.attribute.as_ref().map(|attribute| json!(attribute)));
    add("msg", Some(json!(what.message)));
    add("help", Some(json!(what.help)));
    add("span", span.map(|span| json!(span)));
    add("file", file.as_ref().map(|file| json!(file)));
    add("line", line.map(|line| json!(line)));
    add("outcome", outcome.map(|outcome| json!(outcome.name())));
    add("trace_id", trace_id.as_ref().map(|id| json!(id)));
    add("span_id", span_id.as_ref().map(|id| json!(id)));
    add("left_out", (left_out.here > 0).then(|| json!(left_out.here)));
    add("left_out_elsewhere", (left_out.elsewhere > 0).then(|| json!(left_out.elsewhere)));
    format!("{}\n", Value::Object(object))
}
