#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use llm_span::{LlmLayer, Prometheus, contract::MetricSets};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::*;
use crate::{
    server::stop,
    store::{Addition, Conversation, StoreError},
};

/// A store with so many conversations; `None` where it fails.
struct Holds(Mutex<Option<u64>>);

impl Holds {
    fn some(count: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(count))))
    }
}

#[async_trait]
impl ConversationStore for Holds {
    fn backend(&self) -> &'static str {
        "sqlite"
    }

    async fn get(&self, _: Option<&str>, _: &str) -> Result<Conversation, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn create(&self, _: Conversation) -> Result<(), StoreError> {
        Err(StoreError::Exists)
    }

    async fn append(&self, _: &str, _: Addition) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }

    async fn delete(&self, _: Option<&str>, _: &str) -> Result<(), StoreError> {
        Err(StoreError::NotFound)
    }

    async fn list(&self, _: Option<&str>, _: Option<&str>, _: usize) -> Result<Vec<Conversation>, StoreError> {
        Ok(Vec::new())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.0.lock().unwrap().ok_or_else(|| StoreError::Backend("test".to_owned()))
    }
}

/// A worker's metrics, and its leading.
struct Worker {
    metrics: Prometheus,
    cleaned: Arc<Notify>,
    leads: JoinHandle<()>,
    /// Whose gauges they are.
    _layer: LlmLayer,
}

impl Worker {
    fn new(shared: Option<PathBuf>, store: Arc<Holds>) -> Self {
        let metrics = Prometheus::new();
        let sets = MetricSets::named(["llm_gateway", "twinkle"]).unwrap();
        let layer = LlmLayer::builder().metrics(metrics.clone()).metric_sets(sets).build();
        let cleaned = Arc::new(Notify::new());
        let cleans = Arc::clone(&cleaned);
        let counts = || Counts { sessions: 1, models: 2, sampling_sessions: 3, futures: 4 };
        let leadership = Leadership { shared, worker: 1 };
        let leads = tokio::spawn(lead(leadership, stop().1, layer.gauges(), counts, move || cleans.notify_one(), store));
        Self { metrics, cleaned, leads, _layer: layer }
    }

    fn shows(&self, line: &str) -> bool {
        self.metrics.render(None).body.lines().any(|shown| shown == line)
    }

    fn shows_any_conversations(&self) -> bool {
        self.metrics.render(None).body.contains("conversation_active_count{")
    }

    async fn leads(&self) {
        timeout(Duration::from_secs(60), self.cleaned.notified()).await.unwrap();
    }
}

#[tokio::test]
async fn who_is_alone_leads_and_tells_the_gauges() {
    let worker = Worker::new(None, Holds::some(5));
    worker.leads().await;
    for line in [
        "twinkle_sessions_active 1",
        "twinkle_models_active 2",
        "twinkle_sampling_sessions_active 3",
        "twinkle_futures_active 4",
        "conversation_active_count{backend=\"sqlite\"} 5",
    ] {
        assert!(worker.shows(line), "{line} is missing:\n{}", worker.metrics.render(None).body);
    }
}

#[tokio::test]
async fn of_those_who_share_a_file_one_leads_and_another_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("gateway.db");
    let store = Holds::some(7);
    let first = Worker::new(Some(shared.clone()), Arc::clone(&store));
    first.leads().await;
    let second = Worker::new(Some(shared), store);
    // It has tried in vain by the time the first has cleaned up again.
    first.leads().await;
    first.leads().await;
    assert!(first.shows("conversation_active_count{backend=\"sqlite\"} 7"));
    assert!(second.shows("twinkle_sessions_active 0") && !second.shows_any_conversations());

    first.leads.abort();
    second.leads().await;
    assert!(second.shows("conversation_active_count{backend=\"sqlite\"} 7") && second.shows("twinkle_sessions_active 1"));
}

#[tokio::test(start_paused = true)]
async fn conversations_are_counted_anew_each_half_second() {
    let store = Holds::some(1);
    let worker = Worker::new(None, Arc::clone(&store));
    let began = Instant::now();
    worker.leads().await;
    assert!(worker.shows("conversation_active_count{backend=\"sqlite\"} 1"));
    *store.0.lock().unwrap() = Some(2);
    tokio::time::sleep(COUNT * 2).await;
    assert!(worker.shows("conversation_active_count{backend=\"sqlite\"} 2"));
    // What can't be counted stays.
    *store.0.lock().unwrap() = None;
    tokio::time::sleep(COUNT * 2).await;
    assert!(worker.shows("conversation_active_count{backend=\"sqlite\"} 2"));
    assert!(began.elapsed() >= COUNT * 4);
}

#[tokio::test(start_paused = true)]
async fn it_cleans_up_again_and_again_though_it_may_panic() {
    let times = Arc::new(AtomicU64::new(0));
    let (counted, again) = (Arc::clone(&times), Arc::new(Notify::new()));
    let tells = Arc::clone(&again);
    let clean_up = move || {
        let time = counted.fetch_add(1, Ordering::Relaxed);
        tells.notify_one();
        assert_ne!(time, 0, "the first time it panics");
    };
    let leadership = Leadership { shared: None, worker: 1 };
    let leads = tokio::spawn(lead(leadership, stop().1, Gauges::default(), Counts::default, clean_up, Holds::some(0)));
    for _ in 0..3 {
        again.notified().await;
    }
    assert_eq!(times.load(Ordering::Relaxed), 3);
    leads.abort();
}

#[tokio::test]
async fn who_is_to_stop_does_not_lead_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("gateway.db");
    let led = Lock::try_of(&shared).unwrap();
    let (stops, stopping) = stop();
    let leadership = Leadership { shared: Some(shared), worker: 2 };
    let leads = tokio::spawn(lead(leadership, stopping, Gauges::default(), Counts::default, || (), Holds::some(0)));
    stops.gently("test");
    timeout(Duration::from_secs(60), leads).await.unwrap().unwrap();
    drop(led);
}

#[tokio::test]
async fn a_file_that_can_not_be_locked_is_told_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere/gateway.db");
    let error = Lock::try_of(&missing).unwrap_err();
    assert!(error.contains("nowhere") && error.contains(".leader"), "{error}");
}
