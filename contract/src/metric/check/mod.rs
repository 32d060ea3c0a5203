//! What a metric must be so that it can be measured, and told to OpenTelemetry and Prometheus.
//!
//! The first thing that is wrong is told: where, what was expected, what to do.

mod labels;
mod names;
mod points;
mod spans;

use super::{Metric, MetricError, MetricKind};

/// Checks a metric.
pub(super) fn check(metric: &Metric) -> Result<(), MetricError> {
    let found = names::wrong(metric)
        .or_else(|| boundaries(metric))
        .or_else(|| points::wrong(metric))
        .or_else(|| spans::wrong(metric))
        .or_else(|| labels::wrong(metric));
    // The name may be anything: it must not break the line that tells of it.
    found.map_or(Ok(()), |wrong| Err(MetricError::new(format!("metric `{}`: {wrong}", metric.name.escape_debug()))))
}

/// Why two metrics can't be active together: they have one name, or read the same in Prometheus.
pub(super) fn clash(a: &Metric, b: &Metric) -> Option<String> {
    if a == b {
        return Some(format!("`{}` is there twice", a.name));
    }
    if a.name == b.name {
        return Some(format!("two metrics that are not the same are named `{}`", a.name));
    }
    let both = format!("`{}` and `{}`", a.name, b.name);
    if a.name.eq_ignore_ascii_case(&b.name) {
        return Some(format!("{both} are one name to OpenTelemetry, which ignores case"));
    }
    let same = names::same_in_prometheus(a, b)?;
    Some(format!("{both} both read {same}"))
}

fn boundaries(metric: &Metric) -> Option<String> {
    let MetricKind::Histogram { boundaries } = &metric.kind else { return None };
    if boundaries.is_empty() {
        return Some(
            "a histogram without buckets tells no more than a sum; give it upper bounds, such as `[0.1, 1.0, 10.0]`".into(),
        );
    }
    if let Some(bound) = boundaries.iter().find(|bound| !bound.is_finite()) {
        return Some(format!("{bound} is no upper bound of a bucket; leave it out: one more bucket takes the rest by itself"));
    }
    let pair = boundaries.windows(2).find(|pair| pair[0] >= pair[1])?;
    Some(format!("the bucket bound {} stands before {}; sort the bounds, ascending, each once", pair[0], pair[1]))
}
