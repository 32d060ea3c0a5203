//! What became of calls: findings and series.

use std::collections::BTreeMap;

use llm_span::{CollectFindings, LlmLayer, Prometheus, SpanFinding};

use super::sets::Set;

/// What became of the calls.
#[derive(Clone, Default)]
pub(super) struct Out {
    findings: CollectFindings,
    metrics: Option<Prometheus>,
}

impl Out {
    pub(super) fn layer(&mut self, set: &Set, is_measured: bool) -> LlmLayer {
        let mut builder = LlmLayer::builder().contracts(set.contracts.clone()).findings(self.findings.clone());
        if is_measured {
            let metrics = self.metrics.insert(Prometheus::new());
            builder = builder.metrics(metrics.clone());
            if let Some(sets) = &set.metrics {
                builder = builder.metric_sets(sets.clone());
            }
        }
        builder.build()
    }

    /// How often each finding and each series was told; of times only how many there are.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        let mut findings: BTreeMap<String, usize> = BTreeMap::new();
        for SpanFinding { finding, span, file, line, outcome, .. } in self.findings.take() {
            let text = format!(
                "{:?} {:?} {:?} {} {span:?} {file:?} {line:?} {outcome:?}",
                finding.kind, finding.level, finding.attribute, finding.message
            );
            *findings.entry(text).or_default() += 1;
        }
        let body = self.metrics.as_ref().map(|metrics| metrics.render(None).body).unwrap_or_default();
        let is_time = |line: &str| {
            ["_bucket{", "_sum{", "_sum "].iter().any(|part| line.contains(part))
                && ["duration", "time", "seconds", "latency"].iter().any(|part| line.contains(part))
        };
        let series =
            body.lines().filter(|line| !line.starts_with('#') && !is_time(line)).filter_map(|line| line.rsplit_once(' '));
        let series = series.map(|(series, value)| (series.to_owned(), value.to_owned()));
        findings.into_iter().map(|(finding, times)| (finding, times.to_string())).chain(series).collect()
    }
}
