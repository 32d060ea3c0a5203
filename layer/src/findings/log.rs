//! Logs findings as JSON lines, from a thread of its own: a hook of a layer never waits for a writer.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    io::Write,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Map, Value, json};

use super::{FindingSink, SpanFinding};

/// One line a minute for the same finding at the same place; the next line says how many were left out.
const EVERY: Duration = Duration::from_secs(60);
/// Findings that wait for the writer; more are dropped and counted.
const QUEUE: usize = 1024;
/// Places that are told apart; beyond it the memory starts anew.
const PLACES: usize = 10_000;

/// Logs findings as JSON lines, one a minute for the same finding at the same place, with the count of those left out.
///
/// ```text
/// {"time_unix_ms":1772519804000,"level":"violation","finding":"missing-attribute","contract":"amtp","attribute":"llm.tokens.prompt",…}
/// ```
///
/// Lines are written by a thread of its own, which starts with the first finding; when the sink is dropped, what is
/// queued is written.
pub struct LogFindings {
    writer: Mutex<Option<Box<dyn Write + Send>>>,
    worker: OnceLock<Worker>,
    last: Mutex<HashMap<Place, Last>>,
    dropped: AtomicU64,
}

type Place = (Option<&'static str>, Option<Cow<'static, str>>, Option<u32>, &'static str, String);

struct Last {
    logged: Instant,
    left_out: u64,
}

enum Message {
    Line(String),
    Flush(SyncSender<()>),
}

struct Worker {
    queue: Mutex<Option<SyncSender<Message>>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
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
        Self {
            writer: Mutex::new(Some(Box::new(writer))),
            worker: OnceLock::new(),
            last: Mutex::default(),
            dropped: AtomicU64::new(0),
        }
    }

    /// How many findings were dropped because the writer was too slow.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until what was found so far is written, for at most `timeout`; whether it was.
    pub fn flush(&self, timeout: Duration) -> bool {
        let Some(worker) = self.worker.get() else { return true };
        let (done, is_done) = sync_channel(1);
        let queue = worker.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        queue.is_some_and(|queue| queue.send(Message::Flush(done)).is_ok()) && is_done.recv_timeout(timeout).is_ok()
    }

    /// How many of the same were left out since the last line; `None` where this one is to be left out too.
    fn left_out(&self, finding: &SpanFinding) -> Option<u64> {
        let what = finding.finding.attribute.as_deref().unwrap_or_default().to_owned();
        let place = (finding.span, finding.file.clone(), finding.line, finding.finding.kind.id(), what);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= PLACES {
            last.clear();
        }
        let now = Instant::now();
        match last.get_mut(&place) {
            Some(last) if now.duration_since(last.logged) < EVERY => {
                last.left_out += 1;
                None
            }
            Some(last) => {
                last.logged = now;
                Some(std::mem::take(&mut last.left_out))
            }
            None => {
                last.insert(place, Last { logged: now, left_out: 0 });
                Some(0)
            }
        }
    }

    fn send(&self, line: String) {
        let worker = self.worker.get_or_init(|| {
            let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
            Worker::start(writer)
        });
        let queue = worker.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) =
            queue.as_ref().map(|queue| queue.try_send(Message::Line(line)))
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl FindingSink for LogFindings {
    fn accept(&self, finding: &SpanFinding) {
        if let Some(left_out) = self.left_out(finding) {
            self.send(line(finding, left_out));
        }
    }
}

impl Worker {
    fn start(writer: Option<Box<dyn Write + Send>>) -> Self {
        let (queue, messages) = sync_channel(QUEUE);
        let run = move || write(&messages, writer);
        let thread = thread::Builder::new().name("llm-span-findings".into()).spawn(run);
        Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(thread.ok()) }
    }
}

/// A writer that fails loses the line, and nothing else.
fn write(messages: &Receiver<Message>, writer: Option<Box<dyn Write + Send>>) {
    let Some(mut writer) = writer else { return };
    // The writer may log through `tracing`; its findings must not come back here.
    let _quiet = tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new());
    for message in messages {
        match message {
            Message::Line(line) => drop(writer.write_all(line.as_bytes()).and_then(|()| writer.flush())),
            Message::Flush(done) => drop(done.send(())),
        }
    }
}

impl Drop for LogFindings {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            drop(worker.queue.into_inner());
            if let Ok(Some(thread)) = worker.thread.into_inner() {
                drop(thread.join());
            }
        }
    }
}

fn line(finding: &SpanFinding, left_out: u64) -> String {
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
    add("left_out", (left_out > 0).then(|| json!(left_out)));
    format!("{}\n", Value::Object(object))
}
