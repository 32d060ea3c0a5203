//! A gateway as a process.

use std::{
    cell::Cell,
    fs::{self, File},
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Failure,
    kinds::{Kind, Load},
    load::{self, Seen},
    scrape,
};

/// What hangs for so long hangs for ever.
const FOR_EVER: Duration = Duration::from_secs(30);

/// The kernel counts the time of processes in hundredths of a second, on every architecture of Linux that Rust knows.
const TICK_MICROSECONDS: f64 = 10_000.0;

/// A gateway under way. Dropped, it is killed.
pub(crate) struct Gateway {
    pub(crate) kind: Kind,
    child: Child,
    address: String,
    out: PathBuf,
    served: Cell<u64>,
    loads: Cell<u64>,
}

/// One load on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) seen: Seen,
    /// CPU time of its process, in microseconds a request.
    pub(crate) cpu: f64,
}

/// What it has left behind.
pub(crate) struct Ended {
    pub(crate) kind: Kind,
    /// Requests that `wrk` has had an answer to, and how many times a load broke off requests under way.
    pub(crate) served: u64,
    pub(crate) loads: u64,
    /// What it told last of its metrics.
    pub(crate) metrics: String,
    pub(crate) out: String,
}

impl Gateway {
    pub(crate) fn start(kind: Kind, program: &Path, folder: &Path, provider: &str, collector: &str) -> Result<Self, Failure> {
        let file = |end: &str| folder.join(format!("{}.{end}", kind.id()));
        fs::write(file("yaml"), kind.config(collector))?;
        let out = file("out");
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string();
        let mut command = Command::new(program);
        command.env_clear().env("OPENAI_BASE_URL", provider).env("OPENAI_API_KEY", "key");
        command.env("OTEL_SERVICE_NAME", kind.id()).env("LLM_SPAN_LOG_FORMAT", if kind.has_logs() { "json" } else { "off" });
        // A queue in which nothing is lost: what is dropped would not be measured.
        command.env("OTEL_BSP_MAX_QUEUE_SIZE", "65536");
        command.arg("--config").arg(file("yaml")).args(["--listen", &address]);
        command.args(["--rate-limit", "1000000", "--rate-burst", "1000000"]);
        let child = command.stdin(Stdio::null()).stdout(File::create(&out)?).spawn()?;
        let gateway = Self { kind, child, address, out, served: Cell::new(0), loads: Cell::new(0) };
        let since = Instant::now();
        while scrape::get(&gateway.address, "/health").is_err() {
            if since.elapsed() > FOR_EVER {
                return Err(format!("the gateway `{}` does not listen", kind.name()).into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(gateway)
    }

    /// Puts a load on it. Its metrics are scraped meanwhile.
    pub(crate) fn under(&self, load: Load, wrk: &Path, folder: &Path, time: Duration) -> Result<Sample, Failure> {
        let before = self.ticks()?;
        let (kind, address) = (self.kind, &self.address);
        let seen = thread::scope(|scope| {
            scope.spawn(move || {
                thread::sleep(time / 2);
                kind.has_metrics().then(|| scrape::get(address, "/metrics"))
            });
            load::put(load, wrk, folder, address, time)
        })?;
        // What is on its way to the Collector, and to the log.
        thread::sleep(Duration::from_millis(50));
        #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
        let cpu = (self.ticks()? - before) as f64 * TICK_MICROSECONDS / seen.requests as f64;
        self.served.set(self.served.get() + seen.requests);
        self.loads.set(self.loads.get() + 1);
        Ok(Sample { seen, cpu })
    }

    /// User and system time of its process.
    fn ticks(&self) -> io::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name before may have blanks in it.
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        Ok(fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum())
    }

    /// Tells it to stop, and waits until all is written.
    pub(crate) fn end(mut self) -> Result<Ended, Failure> {
        // Its client does not wait until a request is counted.
        thread::sleep(Duration::from_millis(200));
        let metrics = if self.kind.has_metrics() { scrape::get(&self.address, "/metrics")? } else { String::new() };
        Command::new("sh").arg("-c").arg(format!("kill {}", self.child.id())).status()?;
        let since = Instant::now();
        while self.child.try_wait()?.is_none() {
            if since.elapsed() > FOR_EVER {
                return Err(format!("the gateway `{}` does not end", self.kind.name()).into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        let (served, loads, out) = (self.served.get(), self.loads.get(), fs::read_to_string(&self.out)?);
        Ok(Ended { kind: self.kind, served, loads, metrics, out })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Where it is gone already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
