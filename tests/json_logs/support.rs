//! Captured lines, a scope for a subscriber, an OpenTelemetry layer whose spans can be looked at.

use llm_span::JsonLogs;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider, SpanData};
use serde_json::Value;
use std::io;
use std::sync::{Arc, Mutex};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// Takes every piece handed to the writer as one line.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<Vec<u8>>>>);

impl Lines {
    pub(crate) fn pieces(&self) -> Vec<String> {
        let pieces = self.0.lock().unwrap();
        pieces.iter().map(|piece| String::from_utf8(piece.clone()).expect("UTF-8")).collect()
    }

    /// The lines, each checked to be one object in one line that came in one piece.
    pub(crate) fn all(&self) -> Vec<Value> {
        let parse = |piece: &String| {
            let line = piece.strip_suffix('\n').unwrap_or_else(|| panic!("not ended: {piece}"));
            assert!(!line.contains('\n'), "more than one line: {line}");
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(value.is_object(), "no object: {line}");
            value
        };
        self.pieces().iter().map(parse).collect()
    }

    /// The only line there is.
    #[track_caller]
    pub(crate) fn only(&self) -> Value {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

impl io::Write for Lines {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(piece.to_vec());
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

pub(crate) fn logs() -> (JsonLogs<Lines>, Lines) {
    let lines = Lines::default();
    (JsonLogs::new(lines.clone()), lines)
}

/// Runs `f` under the subscriber, protected from other tests of the process: as long as a single dispatch is
/// registered, a callsite hit first on a thread without a subscriber is switched off for all.
pub(crate) fn under<T>(subscriber: impl Subscriber + Send + Sync, f: impl FnOnce() -> T) -> T {
    llm_span::testing::keep_callsites_open();
    tracing::subscriber::with_default(subscriber, f)
}

/// OpenTelemetry with its spans kept in memory.
pub(crate) struct Otel {
    pub(crate) provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Otel {
    pub(crate) fn new() -> Self {
        Self::sampled(opentelemetry_sdk::trace::Sampler::AlwaysOn)
    }

    pub(crate) fn sampled(sampler: opentelemetry_sdk::trace::Sampler) -> Self {
        let exporter = InMemorySpanExporter::default();
        let builder = SdkTracerProvider::builder().with_sampler(sampler);
        let provider = builder.with_simple_exporter(exporter.clone()).build();
        Self { provider, exporter }
    }

    pub(crate) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer().with_tracer(self.provider.tracer("test"))
    }

    /// The exported span of that name.
    pub(crate) fn span(&self, name: &str) -> SpanData {
        let spans = self.exporter.get_finished_spans().expect("spans");
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span {name} in {spans:#?}")).clone()
    }

    /// What a line of that span must carry.
    pub(crate) fn ids(&self, name: &str) -> Ids {
        let span = self.span(name).span_context;
        Ids {
            trace_id: span.trace_id().to_string(),
            span_id: span.span_id().to_string(),
            trace_flags: format!("{:02x}", span.trace_flags().to_u8()),
        }
    }
}

/// What OpenTelemetry says the ids of a span are, for spans that are not exported.
pub(crate) fn ids_by_context(span: &Span) -> Ids {
    let context = span.context();
    let context = context.span().span_context().clone();
    Ids {
        trace_id: context.trace_id().to_string(),
        span_id: context.span_id().to_string(),
        trace_flags: format!("{:02x}", context.trace_flags().to_u8()),
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ids {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) trace_flags: String,
}

/// A line's ids, checked to be of the forms of W3C Trace Context.
#[track_caller]
pub(crate) fn ids(line: &Value) -> Ids {
    let digits = |key: &str, length: usize| {
        let text = line[key].as_str().unwrap_or_else(|| panic!("no {key}: {line}"));
        assert_eq!(text.len(), length, "{key}: {line}");
        assert!(text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{key}: {line}");
        text.to_owned()
    };
    let ids = Ids { trace_id: digits("trace_id", 32), span_id: digits("span_id", 16), trace_flags: digits("trace_flags", 2) };
    assert!(ids.trace_id.bytes().any(|byte| byte != b'0'), "{line}");
    assert!(ids.span_id.bytes().any(|byte| byte != b'0'), "{line}");
    ids
}

#[track_caller]
pub(crate) fn assert_no_ids(line: &Value) {
    for key in ["trace_id", "span_id", "trace_flags"] {
        assert_eq!(line.get(key), None, "{line}");
    }
}
