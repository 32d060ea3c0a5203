//! Metrics as rows of a table.

use llm_span_contract::{Label, Metric, MetricKind, MetricSet};

/// The GenAI conventions' buckets of durations, and of token counts.
pub(crate) const D: &str = "0.01 0.02 0.04 0.08 0.16 0.32 0.64 1.28 2.56 5.12 10.24 20.48 40.96 81.92";
pub(crate) const T: &str = "1 4 16 64 256 1024 4096 16384 65536 262144 1048576 4194304 16777216 67108864";
/// The labels that all metrics of a GenAI client carry. `?`: may be missing.
pub(crate) const G: &str =
    "gen_ai.operation.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model? server.address? server.port?";

/// Name, kind and unit, labels (fixed ones with their values), buckets.
pub(crate) type Row = (&'static str, &'static str, String, &'static str);

pub(crate) fn row(metric: &Metric) -> (&str, String, String, String) {
    let kind = match metric.kind {
        MetricKind::Counter => "counter",
        MetricKind::DecimalCounter => "decimal",
        MetricKind::UpDownCounter => "updown",
        MetricKind::Gauge => "gauge",
        MetricKind::Histogram { .. } => "histogram",
        _ => "?",
    };
    let buckets = match &metric.kind {
        MetricKind::Histogram { boundaries } => boundaries.iter().map(f64::to_string).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    };
    let mark = |label: &Label| format!("{}{}", label.name, if label.is_optional { "?" } else { "" });
    let mut labels = metric.labels.iter().map(mark).collect::<Vec<_>>();
    for name in metric.points[0].fixed.iter().map(|(name, _)| name) {
        let of = |(of, value): &(_, std::borrow::Cow<'static, str>)| (of == name).then(|| value.to_string());
        let values = metric.points.iter().flat_map(|point| point.fixed.iter().filter_map(of)).collect::<Vec<_>>();
        labels.push(format!("{name}={}", values.join("|")));
    }
    (&metric.name, format!("{kind} {}", metric.unit), labels.join(" "), buckets)
}

#[track_caller]
pub(crate) fn assert_rows(name: &str, expected: &[Row]) {
    let set = MetricSet::named(name).unwrap();
    assert_eq!(set.name(), name);
    let rows = set.metrics().iter().map(row).collect::<Vec<_>>();
    for (row, (name, kind, labels, buckets)) in rows.iter().zip(expected) {
        assert_eq!((row.0, &*row.1, &*row.2, &*row.3), (*name, *kind, &**labels, *buckets));
    }
    assert_eq!(rows.len(), expected.len(), "{rows:#?}");
}

pub(crate) fn metric(set: &str, name: &str) -> Metric {
    MetricSet::named(set).unwrap().metrics().iter().find(|metric| metric.name == name).unwrap().clone()
}

pub(crate) fn labels(labels: &str) -> String {
    labels.to_owned()
}

/// What a label reads of the span's name, of what is recorded, of how it ended; in this order.
pub(crate) fn reads<'m>(metric: &'m Metric, label: &str, facts: [Option<&'m str>; 3]) -> Option<&'m str> {
    use llm_span_contract::Fact::{Attribute, Outcome, SpanName};
    let label = metric.labels.iter().find(|of| of.name == label).unwrap();
    let said = label.from.iter().find_map(|source| {
        let fact = match &source.fact {
            SpanName => facts[0],
            Attribute(_) => facts[1],
            Outcome => facts[2],
            _ => None,
        };
        source.spell(fact?)
    });
    said.or(label.default.as_deref())
}
