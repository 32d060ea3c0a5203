//! What promtool says of the names, types and texts that are scraped.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use llm_span::{
    LlmLayer, Prometheus,
    contract::{MetricSet, MetricSets},
};

use crate::{programs::Programs, service::Running};

/// The document fixes the name. It is a gauge; the ending is one of histograms.
const FIXED: &str = "conversation_active_count non-histogram and non-summary metrics should not have \"_count\" suffix";

#[tokio::test]
async fn promtool_finds_fault_with_one_name_which_its_document_fixes() {
    let Some(Programs { promtool, .. }) = Programs::find() else { return };
    let (mut layers, mut endpoints) = (Vec::new(), Vec::new());
    for name in MetricSet::NAMES {
        let prometheus = Prometheus::new();
        let layer = LlmLayer::builder().metrics(prometheus.clone()).metric_sets(MetricSets::named([name]).unwrap()).build();
        if name == "llm_gateway" {
            layer.gauges().register("conversation_active_count", [("backend", "memory")], || 1.0).unwrap();
        }
        layers.push(layer);
        endpoints.push((name, prometheus));
    }
    let running = Running::start_beside(layers).await;
    running.rounds(1).await;
    endpoints.push(("all of the service's", running.telemetry.prometheus.clone()));

    for (name, prometheus) in endpoints {
        let text = prometheus.render(None).body;
        assert!(name == "violations" || text.lines().any(|line| !line.starts_with('#')), "set {name} has measured nothing");
        let expected: &[&str] = if text.contains("conversation_active_count") { &[FIXED] } else { &[] };
        assert_eq!(complaints(&promtool, &text), expected, "of set {name}:\n{text}");
    }
}

/// The lines in which promtool complains.
fn complaints(promtool: &Path, text: &str) -> Vec<String> {
    let mut tool = Command::new(promtool);
    let tool = tool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tool = tool.spawn().unwrap();
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = tool.wait_with_output().unwrap();
    let lines: Vec<String> = [said.stdout, said.stderr]
        .iter()
        .flat_map(|text| String::from_utf8_lossy(text).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(said.status.success(), lines.is_empty(), "promtool ends with {} and says {lines:?}", said.status);
    lines
}
