//! The same events in a SQLite file.

use std::{io, time::Duration};

use llm_span::{
    Operation, Telemetry, Usage, call,
    pipeline::{Sampler, Severity},
};
use rusqlite::Connection;
use tempfile::TempDir;
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::process::LONG;

/// A file of what `act` does in a program whose traces are sampled like that.
fn file_of(sampler: Sampler, act: impl FnOnce(&llm_span::pipeline::Events)) -> (TempDir, Connection) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("telemetry.db");
    let telemetry = Telemetry::new().environment([]).service_name("chat").sampler(sampler).sqlite(&path);
    let telemetry = telemetry.set(|settings| settings.logs.filter = "trace".into());
    // The program's own lines are nobody's here.
    let telemetry = telemetry.set(|settings| settings.logs.format = Some(llm_span::pipeline::LogFormat::Off));
    let (layer, guard) = telemetry.build::<Registry>().expect("telemetry");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        act(&guard.events());
        assert!(guard.flush(LONG));
    });
    assert!(guard.shutdown().is_complete());
    let connection = Connection::open(path).expect("a file");
    connection.busy_timeout(Duration::from_secs(5)).expect("set");
    (folder, connection)
}

/// Rows of texts; what is NULL is `-`.
fn rows(connection: &Connection, query: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(query).expect("a query");
    let columns = statement.column_count();
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column).map(text)).collect()).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

fn chat(usage: Usage) {
    let answer = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(
        || {
            tracing::info!("response generated");
            Ok::<_, io::Error>("answer")
        },
        |_| usage,
    );
    answer.expect("an answer");
}

#[test]
fn each_request_has_its_own_metric_events_with_the_ids_of_its_span() {
    for sampler in [Sampler::Always, Sampler::Never] {
        let (_folder, file) = file_of(sampler, |_| {
            chat(Usage::new(128, 64));
            chat(Usage::new(1, 2));
        });
        let query = "SELECT m.metric, CAST(m.value AS TEXT), m.unit, m.attributes FROM metrics m JOIN logs l USING (trace_id, span_id) \
                     WHERE l.message = 'response generated' ORDER BY m.id";
        let attributes = r#"{"model_id":"gpt-4o","provider_id":"openai"}"#;
        let row =
            |metric: &str, value: &str| vec![metric.to_owned(), value.to_owned(), "tokens".to_owned(), attributes.to_owned()];
        let expected = [
            row("prompt_tokens", "128"),
            row("completion_tokens", "64"),
            row("total_tokens", "192"),
            row("prompt_tokens", "1"),
            row("completion_tokens", "2"),
            row("total_tokens", "3"),
        ];
        assert_eq!(rows(&file, query), expected, "{sampler}");
        let spans = rows(&file, "SELECT span_id FROM spans").len();
        assert_eq!(spans, if sampler == Sampler::Always { 2 } else { 0 });
    }
}

#[test]
fn what_the_program_emits_is_kept_with_the_ids_of_its_span() {
    let all = [Severity::Verbose, Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Critical];
    let (_folder, file) = file_of(Sampler::Always, |events| {
        tracing::info_span!("request").in_scope(|| {
            for severity in all {
                events.log(severity, "a message");
            }
            events.metric("my_metric", 10, "count").attribute("k", "v").emit();
            events.metric("no name", -0.5, "").emit();
        });
        events.metric("outside", 1, "").emit();
    });
    let logs = "FROM logs l JOIN spans s USING (trace_id, span_id) WHERE l.target = 'llm_span::events' ORDER BY l.id";
    assert_eq!(rows(&file, &format!("SELECT l.severity {logs}")).concat(), all.map(|severity| severity.to_string()));
    let metrics = "FROM metrics m JOIN spans s USING (trace_id, span_id) ORDER BY m.id";
    let metrics = rows(&file, &format!("SELECT m.metric, CAST(m.value AS TEXT), m.unit, m.attributes {metrics}"));
    assert_eq!(metrics, [["my_metric", "10", "count", r#"{"k":"v"}"#], ["no name", "-0.5", "", "{}"]]);
    assert_eq!(rows(&file, "SELECT trace_id, span_id FROM metrics WHERE metric = 'outside'"), [["-", "-"]]);
}
