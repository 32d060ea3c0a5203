//! Messages that can be divided: servers take none that are longer than they like.

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::{ResourceLogs, ScopeLogs},
    metrics::v1::{Metric, ResourceMetrics, ScopeMetrics, metric::Data},
    trace::v1::{ResourceSpans, ScopeSpans},
};

/// A message that can be divided.
pub(super) trait Batch: prost::Message + Default {
    /// What a Collector counts when it rejects some.
    fn items(&self) -> usize;

    /// How many parts it can be divided into.
    fn parts(&self) -> usize;

    /// Takes so many parts out of it, the first, with what they stand under.
    fn take(&mut self, parts: usize) -> Self;
}

/// The messages of the three signals have one form under different names.
macro_rules! batch {
    ($Request:ident . $resources:ident, $Resource:ident . $scopes:ident, $Scope:ident . $items:ident, $count:expr) => {
        impl Batch for $Request {
            fn items(&self) -> usize {
                let scopes = self.$resources.iter().flat_map(|resource| &resource.$scopes);
                scopes.flat_map(|scope| &scope.$items).map($count).sum()
            }

            fn parts(&self) -> usize {
                self.$resources.iter().flat_map(|resource| &resource.$scopes).map(|scope| scope.$items.len()).sum()
            }

            fn take(&mut self, parts: usize) -> Self {
                let (mut left, mut taken) = (parts, Vec::new());
                for resource in &mut self.$resources {
                    let mut scopes = Vec::new();
                    for scope in &mut resource.$scopes {
                        let $items: Vec<_> = scope.$items.drain(..left.min(scope.$items.len())).collect();
                        left -= $items.len();
                        if !$items.is_empty() {
                            scopes.push($Scope { scope: scope.scope.clone(), $items, schema_url: scope.schema_url.clone() });
                        }
                    }
                    resource.$scopes.retain(|scope| !scope.$items.is_empty());
                    if !scopes.is_empty() {
                        let (of, schema_url) = (resource.resource.clone(), resource.schema_url.clone());
                        taken.push($Resource { resource: of, $scopes: scopes, schema_url });
                    }
                }
                self.$resources.retain(|resource| !resource.$scopes.is_empty());
                Self { $resources: taken }
            }
        }
    };
}

batch!(ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans, |_| 1);
batch!(ExportLogsServiceRequest.resource_logs, ResourceLogs.scope_logs, ScopeLogs.log_records, |_| 1);
batch!(ExportMetricsServiceRequest.resource_metrics, ResourceMetrics.scope_metrics, ScopeMetrics.metrics, data_points);

fn data_points(metric: &Metric) -> usize {
    match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::{common::v1::InstrumentationScope, trace::v1::Span};
    use proptest::prelude::*;

    use super::*;

    /// Spans in scopes of so many.
    fn request(scopes: &[usize]) -> ExportTraceServiceRequest {
        let spans = |count: usize| (0..count).map(|number| Span { name: number.to_string(), ..Span::default() }).collect();
        let scope = |(index, count): (usize, &usize)| ScopeSpans {
            scope: Some(InstrumentationScope { name: index.to_string(), ..InstrumentationScope::default() }),
            spans: spans(*count),
            ..ScopeSpans::default()
        };
        let scope_spans = scopes.iter().enumerate().map(scope).collect();
        ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
    }

    fn names(request: &ExportTraceServiceRequest) -> Vec<(String, String)> {
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let name = |scope: &ScopeSpans| scope.scope.as_ref().map(|scope| scope.name.clone()).unwrap_or_default();
        scopes.flat_map(|scope| scope.spans.iter().map(|span| (name(scope), span.name.clone())).collect::<Vec<_>>()).collect()
    }

    proptest! {
        #[test]
        fn what_is_divided_is_the_same_in_parts(scopes in prop::collection::vec(0_usize..5, 0..5), taken in 0_usize..30) {
            let whole = request(&scopes);
            let mut rest = whole.clone();
            let first = rest.take(taken);
            prop_assert_eq!(first.parts(), taken.min(whole.parts()));
            prop_assert_eq!(first.items() + rest.items(), whole.items());
            let both: Vec<_> = names(&first).into_iter().chain(names(&rest)).collect();
            prop_assert_eq!(both, names(&whole));
        }
    }
}
