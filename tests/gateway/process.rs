//! A gateway under way: how it is started, asked, read and ended.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use llm_span_examples::provider::Provider;
use serde_json::Value;
use tempfile::TempDir;

use crate::{built, scrape::Scrape};

/// What hangs for so long hangs for ever.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(60);

/// Where nothing is said the gateway answers by itself; a test wants to know what was served.
const KEY: &str = "sk-of-the-test";

/// A gateway that is to be started, in a folder of its own.
pub(crate) struct Setup {
    folder: TempDir,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    listen: String,
}

impl Setup {
    /// With that in `config.yaml`, and the document's `-config config.yaml`.
    pub(crate) fn with_config(config: &str) -> Self {
        let setup = Self::without_config();
        fs::write(setup.folder.path().join("config.yaml"), config).unwrap();
        setup.arguments(["-config", "config.yaml"])
    }

    pub(crate) fn without_config() -> Self {
        let listen = "127.0.0.1:0".to_owned();
        Self { folder: TempDir::new().unwrap(), variables: Vec::new(), arguments: Vec::new(), listen }
    }

    /// With that file in its folder.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn arguments<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.arguments.extend(arguments.map(str::to_owned));
        self
    }

    /// There, and not on a free port.
    pub(crate) fn at(self, address: SocketAddr) -> Self {
        Self { listen: address.to_string(), ..self }
    }

    /// Starts it on a free port, in front of that provider; it listens.
    pub(crate) fn start(self, provider: &Provider) -> Gateway {
        let mut gateway = self.launch(provider);
        let line = gateway.wait_for_line("listening", |line| line["msg"] == "listening" && line["address"].is_string());
        line["address"].as_str().unwrap().clone_into(&mut gateway.address);
        gateway
    }

    /// Starts it; whether it comes to listen is for the test to see.
    pub(crate) fn launch(self, provider: &Provider) -> Gateway {
        static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
        let mut command = Command::new(EXAMPLE.get_or_init(|| built::example("gateway")));
        command.current_dir(self.folder.path()).env_clear().envs(self.variables);
        command.env("OPENAI_BASE_URL", provider.base_url()).env("OPENAI_API_KEY", KEY);
        command.args(["--listen", &self.listen]).args(self.arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (Told::default(), Told::default());
        let reading = [stdout.read(child.stdout.take().unwrap()), stderr.read(child.stderr.take().unwrap())];
        // A client wants one, though none of its requests is encrypted; another test may have set it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(FOR_EVER).build().unwrap();
        Gateway { child, folder: self.folder, address: String::new(), stdout, stderr, reading: Some(reading), http }
    }
}

/// A gateway under way. Dropped, it is killed.
pub(crate) struct Gateway {
    child: Child,
    folder: TempDir,
    address: String,
    stdout: Told,
    stderr: Told,
    reading: Option<[JoinHandle<()>; 2]>,
    http: reqwest::Client,
}

impl Gateway {
    /// `http://127.0.0.1:…/path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address.parse().unwrap()
    }

    /// Of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), self.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(self.url(path))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.http.post(self.url(path)).header("content-type", "application/json").body(body.to_string())
    }

    /// What it tells Prometheus, by the text format.
    pub(crate) async fn scrape(&self) -> Scrape {
        self.scrape_as("text/plain").await
    }

    /// The same by the format of this header `Accept`.
    pub(crate) async fn scrape_as(&self, accept: &str) -> Scrape {
        let answer = self.get("/metrics").header("accept", accept).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Scrape(answer.text().await.unwrap())
    }

    /// Scrapes until it is as told: what a request has counted is there when its span has ended, which its client does not wait for.
    pub(crate) async fn scraped(&self, is_there: impl Fn(&Scrape) -> bool) -> Scrape {
        let until = Instant::now() + FOR_EVER;
        loop {
            let scrape = self.scrape().await;
            if is_there(&scrape) {
                return scrape;
            }
            assert!(Instant::now() < until, "it does not come:\n{}", scrape.0);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for a line on standard output that is a JSON object as told.
    pub(crate) fn wait_for_line(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let line = self.stdout.wait(|line| object(line).filter(&is_it));
        line.unwrap_or_else(|| panic!("no line: {what}\n{}\n{}", self.stdout.text(), self.stderr.text()))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Tells it to stop, and waits for its end.
    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < FOR_EVER, "it does not end:\n{}\n{}", self.stdout.text(), self.stderr.text());
            thread::sleep(Duration::from_millis(5));
        };
        let took = since.elapsed();
        self.reading.take().into_iter().flatten().for_each(|reading| reading.join().unwrap());
        let folder = std::mem::replace(&mut self.folder, TempDir::new().unwrap());
        Ended { status, took, stdout: self.stdout.text(), stderr: self.stderr.text(), folder }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Where it is gone already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a gateway has ended, and what it has written.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    folder: TempDir,
}

impl Ended {
    /// In its folder.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        Path::new(self.folder.path()).join(file)
    }

    /// It has ended as who is told to stop, with a word of nothing that went wrong.
    pub(crate) fn is_well(&self) -> bool {
        self.status.code() == Some(0) && self.took < FOR_EVER && self.stderr.is_empty()
    }

    /// Its log lines, each as it stands and as an object.
    pub(crate) fn lines(&self) -> Vec<(&str, Value)> {
        let lines = self.stdout.lines().filter_map(|line| Some((line, object(line)?)));
        lines.filter(|(_, line)| line["level"].is_string()).collect()
    }

    /// The log lines of that message.
    pub(crate) fn lines_of(&self, message: &str) -> Vec<(&str, Value)> {
        self.lines().into_iter().filter(|(_, line)| line["msg"] == message).collect()
    }

    /// The spans that it has written as JSON.
    pub(crate) fn spans(&self) -> Vec<Value> {
        let spans = self.stdout.lines().filter_map(object);
        spans.filter(|span| span["name"].is_string() && span["span_id"].is_string()).collect()
    }
}

fn object(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(Value::is_object)
}

/// Lines that a process has written so far.
#[derive(Clone, Default)]
struct Told(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Default)]
struct Lines {
    all: Vec<String>,
    have_ended: bool,
}

impl Told {
    /// By a thread of its own, so that the process never waits for who reads it.
    fn read(&self, from: impl Read + Send + 'static) -> JoinHandle<()> {
        let told = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                told.lock().all.push(line);
                told.0.1.notify_all();
            }
            told.lock().have_ended = true;
            told.0.1.notify_all();
        })
    }

    /// Waits for the first line of which something is to be had; `None` where it has not come by the end.
    fn wait<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        let until = Instant::now() + FOR_EVER;
        let mut seen = 0;
        let mut lines = self.lock();
        loop {
            if let Some(found) = lines.all[seen..].iter().find_map(|line| wanted(line)) {
                return Some(found);
            }
            seen = lines.all.len();
            let left = until.saturating_duration_since(Instant::now());
            if lines.have_ended || left.is_zero() {
                return None;
            }
            lines = self.0.1.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn text(&self) -> String {
        self.lock().all.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
