//! Telemetry that a test can read, and servers.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock},
};

use axum::Router;
use llm_span::{
    CarryCorrelation, CollectFindings, JsonLogs, LlmLayer, Prometheus, contract::MetricSets, propagation::ServerLayer,
};
use opentelemetry::{Value, trace::TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tracing::{
    Dispatch, Metadata, Subscriber, span,
    subscriber::{DefaultGuard, Interest},
};
use tracing_subscriber::layer::SubscriberExt as _;

/// A second subscriber: what threads of other tests see first does not switch callsites off here.
struct Keeper;

impl Subscriber for Keeper {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

pub(crate) fn keep_callsites() {
    static KEEPER: OnceLock<Dispatch> = OnceLock::new();
    KEEPER.get_or_init(|| Dispatch::new(Keeper));
}

/// Lines as they are written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the spans of this thread become, while it lives.
pub(crate) struct Telemetry {
    exported: InMemorySpanExporter,
    pub(crate) prometheus: Prometheus,
    pub(crate) findings: CollectFindings,
    lines: Lines,
    _tracer: SdkTracerProvider,
    _installed: DefaultGuard,
}

impl Telemetry {
    pub(crate) fn install() -> Self {
        keep_callsites();
        let (exported, prometheus, findings) =
            (InMemorySpanExporter::default(), Prometheus::new(), CollectFindings::bounded(100));
        let tracer = SdkTracerProvider::builder()
            .with_span_processor(CarryCorrelation::new())
            .with_simple_exporter(exported.clone())
            .build();
        let sets = MetricSets::named(["http", "llm_gateway", "twinkle"]).unwrap();
        let llm = LlmLayer::builder().metrics(prometheus.clone()).metric_sets(sets).findings(findings.clone()).build();
        let lines = Lines::default();
        let writer = lines.clone();
        let logs = JsonLogs::new(move || writer.clone())
            .with_span_field_as("http.request_id", "request_id")
            .with_span_field_as("session.id", "session_id")
            .with_span_field_as("user.id", "user_id");
        let subscriber = tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(tracer.tracer("propagation")))
            .with(llm)
            .with(logs);
        let installed = tracing::subscriber::set_default(subscriber);
        Self { exported, prometheus, findings, lines, _tracer: tracer, _installed: installed }
    }

    /// All spans that have ended.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.exported.get_finished_spans().unwrap()
    }

    /// The one request that was served.
    pub(crate) fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "requests: {requests:?}");
        requests.remove(0)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let is_request = |span: &SpanData| span.attributes.iter().any(|attribute| attribute.key.as_str() == "http.request_id");
        self.spans().into_iter().filter(is_request).map(Request::new).collect()
    }

    /// The span of that name.
    pub(crate) fn span(&self, name: &str) -> SpanData {
        self.spans().into_iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span `{name}`"))
    }

    pub(crate) fn log_text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines with that message.
    pub(crate) fn lines(&self, message: &str) -> Vec<serde_json::Value> {
        let lines = self.log_text();
        let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter(|line| line["msg"] == message).collect()
    }

    /// The one line of the access log.
    pub(crate) fn access(&self) -> serde_json::Value {
        let mut lines = self.lines("request served");
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }

    /// The samples whose line begins so.
    pub(crate) fn samples(&self, start: &str) -> Vec<String> {
        let text = String::from_utf8(self.prometheus.render(None).body.into()).unwrap();
        text.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
    }
}

/// A request's span.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) span: SpanData,
    attributes: BTreeMap<String, Value>,
}

impl Request {
    fn new(span: SpanData) -> Self {
        let attributes: BTreeMap<_, _> =
            span.attributes.iter().map(|attribute| (attribute.key.to_string(), attribute.value.clone())).collect();
        assert_eq!(attributes.len(), span.attributes.len(), "an attribute was recorded twice: {:?}", span.attributes);
        Self { span, attributes }
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.attributes.get(key).map(|value| match value {
            Value::String(text) => text.to_string(),
            other => panic!("`{key}` is no text: {other:?}"),
        })
    }

    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        self.attributes.get(key).map(|value| match value {
            Value::I64(number) => *number,
            other => panic!("`{key}` is no number: {other:?}"),
        })
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str().into_owned()))
    }

    pub(crate) fn is_error(&self) -> bool {
        matches!(self.span.status, opentelemetry::trace::Status::Error { .. })
    }
}

/// Routes as axum tells them.
pub(crate) fn layer() -> ServerLayer {
    use axum::extract::MatchedPath;
    ServerLayer::new().route(|parts| parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()))
}

/// A server on the thread of the test.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { stopped.await.unwrap_or_default() };
        let task = tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stopped).await.unwrap() });
        Self { address, stop, task }
    }

    /// Waits until every request has ended.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }

    /// Sends these bytes and gives all that is answered.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = self.connect(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn connect(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }
}

/// Serves the one request, and waits for its end.
pub(crate) async fn serve(app: Router, request: &str) -> (Telemetry, String) {
    let telemetry = Telemetry::install();
    let serving = Serving::start(app).await;
    let answer = serving.raw(request).await;
    serving.stop().await;
    (telemetry, answer)
}

/// A request without a body, on a connection that ends with it.
pub(crate) fn bare(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: gateway.example:8080\r\nconnection: close\r\n\r\n")
}
