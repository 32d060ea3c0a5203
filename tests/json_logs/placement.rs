//! However the layer stands in its subscriber, its lines have OpenTelemetry's ids.

use crate::support::{Otel, ids, logs, under};
use llm_span::JsonLogs;
use tracing::{info, info_span, warn};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry, reload};

fn hello() {
    info_span!("entered").in_scope(|| info!("hello"));
}

#[test]
fn in_an_option() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(Some(logs)), hello);
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn in_an_option_before_the_opentelemetry_layer() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(Some(logs)).with(otel.layer()), hello);
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn in_a_box() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(logs.boxed()), hello);
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn in_a_vector() {
    let (otel, (first, first_lines), (second, second_lines)) = (Otel::new(), logs(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(vec![first, second]), hello);
    assert_eq!(ids(&first_lines.only()), otel.ids("entered"));
    assert_eq!(ids(&second_lines.only()), otel.ids("entered"));
}

#[test]
fn in_a_vector_with_the_opentelemetry_layer() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![otel.layer().boxed(), logs.boxed()];
    under(tracing_subscriber::registry().with(layers), hello);
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn in_a_reload() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let (logs, _handle) = reload::Layer::new(logs);
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), hello);
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn put_in_place_by_a_reload() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let (layer, handle) = reload::Layer::new(None::<JsonLogs<_>>);
    under(tracing_subscriber::registry().with(layer).with(otel.layer()), || {
        handle.reload(Some(logs)).expect("reloads");
        hello();
    });
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn in_an_option_with_a_filter_that_hides_the_span() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let logs = Some(logs).with_filter(LevelFilter::WARN);
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        info_span!("entered").in_scope(|| warn!("hello"));
    });
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn two_in_one_registry() {
    let (otel, (first, first_lines), (second, second_lines)) = (Otel::new(), logs(), logs());
    under(tracing_subscriber::registry().with(first).with(otel.layer()).with(second), hello);
    assert_eq!(ids(&first_lines.only()), otel.ids("entered"));
    assert_eq!(ids(&second_lines.only()), otel.ids("entered"));
}
