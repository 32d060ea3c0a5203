//! What the wrapper tells: spans, their attributes, metrics.

use opentelemetry::trace::{SpanKind, Status as SpanStatus};

use super::*;
use crate::testing::{Telemetry, attribute};

/// The attributes of the document, and how it failed.
fn told(telemetry: &Telemetry, name: &str) -> [Option<String>; 5] {
    let span = telemetry.span(name);
    assert_eq!(span.span_kind, SpanKind::Internal);
    let keys = ["conversation.id", "conversation.backend", "conversation.message_count", "conversation.model", "error.type"];
    keys.map(|key| attribute(&span, key))
}

fn some(texts: [&str; 5]) -> [Option<String>; 5] {
    texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()))
}

#[tokio::test]
async fn each_operation_is_a_span_with_what_it_was_about() {
    let telemetry = Telemetry::start();
    let store = InstrumentedStore::new(MemoryStore::default());
    store.create(conversation("resp_1")).await.unwrap();
    store.append("resp_1", addition("More.")).await.unwrap();
    store.get(None, "resp_1").await.unwrap();
    store.list(None, None, 10).await.unwrap();
    store.delete(None, "resp_1").await.unwrap();
    store.count().await.unwrap();

    assert_eq!(told(&telemetry, "conversation.create"), some(["resp_1", "memory", "2", "gpt-4o", ""]));
    assert_eq!(told(&telemetry, "conversation.append"), some(["resp_1", "memory", "1", "", ""]));
    assert_eq!(told(&telemetry, "conversation.get"), some(["resp_1", "memory", "3", "gpt-4o", ""]));
    assert_eq!(told(&telemetry, "conversation.list"), some(["", "memory", "", "", ""]));
    assert_eq!(told(&telemetry, "conversation.delete"), some(["resp_1", "memory", "", "", ""]));
    assert_eq!(telemetry.spans().len(), 5);
    for operation in ["get", "create", "append", "delete", "list"] {
        let operation = format!("operation=\"{operation}\"");
        let labels = [r#"backend="memory""#, &operation];
        assert_eq!(telemetry.sum("conversation_operation_duration_seconds_count", &labels), Some(1.0), "{operation}");
        let labels = [labels[0], labels[1], r#"status="success""#];
        assert_eq!(telemetry.sum("conversation_operations_total", &labels), Some(1.0), "{operation}");
    }
}

#[tokio::test]
async fn what_is_not_done_counts_as_an_error() {
    let telemetry = Telemetry::start();
    let store = InstrumentedStore::new(MemoryStore::default());
    assert_eq!(store.get(None, "resp_1").await, Err(StoreError::NotFound));
    assert_eq!(told(&telemetry, "conversation.get"), some(["resp_1", "memory", "", "", "not_found"]));
    store.create(conversation("resp_1")).await.unwrap();
    assert_eq!(store.create(conversation("resp_1")).await, Err(StoreError::Exists));

    let errors = |operation: &str| telemetry.sum("conversation_operations_total", &[operation, r#"status="error""#]);
    assert_eq!((errors(r#"operation="get""#), errors(r#"operation="create""#)), (Some(1.0), Some(1.0)));
    let spans = telemetry.spans();
    assert_eq!(attribute(&spans[2], "error.type").as_deref(), Some("exists"));
    assert!(spans.iter().all(|span| span.status == SpanStatus::Unset));
}

#[tokio::test]
async fn only_a_store_that_fails_makes_its_span_one_that_failed() {
    let telemetry = Telemetry::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let store = InstrumentedStore::new(SqliteStore::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().execute_batch("DROP TABLE conversations").unwrap();
    assert!(matches!(store.get(None, "resp_1").await, Err(StoreError::Backend(_))));
    assert_eq!(told(&telemetry, "conversation.get"), some(["resp_1", "sqlite", "", "", "backend"]));
    assert!(matches!(telemetry.span("conversation.get").status, SpanStatus::Error { .. }));
    let labels = [r#"backend="sqlite""#, r#"status="error""#];
    assert_eq!(telemetry.sum("conversation_operations_total", &labels), Some(1.0));
}

#[tokio::test]
async fn an_operation_is_part_of_the_request() {
    use tracing::Instrument as _;
    let telemetry = Telemetry::start();
    let folder = tempfile::tempdir().unwrap();
    let store = InstrumentedStore::new(SqliteStore::open(&folder.path().join("c.db")).unwrap());
    store.create(conversation("resp_1")).instrument(tracing::info_span!("request")).await.unwrap();
    let (request, create) = (telemetry.span("request"), telemetry.span("conversation.create"));
    assert_eq!(create.parent_span_id, request.span_context.span_id());
    assert_eq!(create.span_context.trace_id(), request.span_context.trace_id());
}

#[tokio::test]
async fn an_operation_that_is_dropped_is_cancelled_and_no_success() {
    let telemetry = Telemetry::start();
    let folder = tempfile::tempdir().unwrap();
    let store = InstrumentedStore::new(SqliteStore::open(&folder.path().join("c.db")).unwrap());
    drop(futures_util::poll!(store.create(conversation("resp_1"))));
    assert_eq!(told(&telemetry, "conversation.create"), some(["resp_1", "sqlite", "2", "gpt-4o", "cancelled"]));
    let count = |status| telemetry.sum("conversation_operations_total", &[r#"operation="create""#, status]);
    assert_eq!((count(r#"status="error""#), count(r#"status="success""#)), (Some(1.0), None));
}
