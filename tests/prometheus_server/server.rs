//! A Prometheus of a test's own: on a free loopback port, with a scratch folder, ended when the test is.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::Url;
use serde_json::Value;

use crate::{programs::Programs, sample::Sample};

/// How often it scrapes.
const INTERVAL: &str = "500ms";
/// How long anything that is waited for may take. Reached only where it never comes.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// A scrape, by its time.
#[derive(Clone, Copy)]
pub(crate) struct Scrape(f64);

/// Killed when it is dropped, also by a test that panics.
pub(crate) struct Server {
    process: Child,
    folder: Scratch,
    api: Url,
    http: reqwest::Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it is gone already there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Scrapes `target`; the first scrape has been made.
    pub(crate) async fn scraping(target: SocketAddr, programs: &Programs) -> (Self, Scrape) {
        let mut failures = String::new();
        // A port that was free may be taken by the time it is opened.
        for _ in 0..5 {
            let mut server = Self::launch(target, programs);
            if server.is_ready().await {
                let scrape = server.scraped().await;
                return (server, scrape);
            }
            failures += &server.log();
        }
        panic!("Prometheus did not start:\n{failures}");
    }

    fn launch(target: SocketAddr, programs: &Programs) -> Self {
        let folder = Scratch::new();
        let config = folder.0.join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: {INTERVAL}, scrape_timeout: {INTERVAL} }}\n\
             scrape_configs: [ {{ job_name: service, static_configs: [ {{ targets: [ '{target}' ] }} ] }} ]\n"
        );
        fs::write(&config, text).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);

        let log = fs::File::create(folder.0.join("log")).unwrap();
        let process = Command::new(&programs.prometheus)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.0.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--enable-feature=exemplar-storage")
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let api = Url::parse(&format!("http://{address}/")).unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build().unwrap();
        Self { process, folder, api, http }
    }

    /// Whether it serves; not where it has ended.
    async fn is_ready(&mut self) -> bool {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            let answer = self.http.get(self.api.join("-/ready").unwrap()).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }

    /// Waits for a scrape that began after this was called, so that it has all that was counted before.
    pub(crate) async fn scraped(&self) -> Scrape {
        let asked = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            // When it began; of more than a selector `timestamp` tells when it was asked.
            let last = self.vector(&[("query", "timestamp(up) and (up == 1)")]).await;
            if let Some(scrape) = last.iter().find(|scrape| scrape.value > asked) {
                return Scrape(scrape.value);
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("no scrape in {PATIENCE:?}; targets: {:#}\nlog:\n{}", self.targets().await, self.log());
    }

    /// What a query finds at the time of a scrape, whatever becomes of later ones.
    pub(crate) async fn query(&self, query: &str, scrape: Scrape) -> Vec<Sample> {
        self.vector(&[("query", query), ("time", &format!("{:.3}", scrape.0))]).await
    }

    async fn vector(&self, parameters: &[(&str, &str)]) -> Vec<Sample> {
        let found = self.get("api/v1/query", parameters).await;
        assert_eq!(found["resultType"], "vector", "{parameters:?} gives {found}");
        found["result"].as_array().unwrap().iter().map(Sample::read).collect()
    }

    /// The exemplars of what a selector selects, each with the labels it has of its own.
    pub(crate) async fn exemplars(&self, selector: &str) -> Vec<Value> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (start, end) = ((now - 3_600).to_string(), (now + 60).to_string());
        let found = self.get("api/v1/query_exemplars", &[("query", selector), ("start", &start), ("end", &end)]).await;
        let series = found.as_array().unwrap().iter();
        series.flat_map(|series| series["exemplars"].as_array().unwrap().clone()).collect()
    }

    /// What it says of whom it scrapes.
    async fn targets(&self) -> Value {
        self.get("api/v1/targets", &[("state", "active")]).await["activeTargets"].clone()
    }

    /// What it says the metrics are: by name, their type, help and unit.
    pub(crate) async fn metadata(&self) -> Value {
        self.get("api/v1/metadata", &[]).await
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let mut url = self.api.join(path).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        let text = self.http.get(url.clone()).send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}: {text}"));
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        answer["data"].clone()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.0.join("log")).unwrap_or_default()
    }
}

/// A folder that is gone with its value.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed stays where cargo removes it.
        let _ = fs::remove_dir_all(&self.0);
    }
}
