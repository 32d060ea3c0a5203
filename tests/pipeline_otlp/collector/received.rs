//! What the Collector has received.

use std::{collections::BTreeMap, time::Instant};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{KeyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::{Metric, metric::Data, number_data_point},
    trace::v1::Span,
};

/// What the Collector has received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// Each request that has arrived, also those that were refused.
    pub(crate) attempts: Vec<(Instant, Option<Signal>)>,
    /// Those that were taken.
    pub(crate) requests: Vec<Request>,
}

/// A request that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) path: String,
    pub(crate) message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Traces(ExportTraceServiceRequest),
    Metrics(ExportMetricsServiceRequest),
    Logs(ExportLogsServiceRequest),
}

impl Signal {
    /// By the path of a request.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        match path {
            "/v1/traces" | "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Some(Self::Traces),
            "/v1/metrics" | "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Some(Self::Metrics),
            "/v1/logs" | "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Some(Self::Logs),
            _ => None,
        }
    }
}

impl Message {
    pub(crate) fn signal(&self) -> Signal {
        match self {
            Self::Traces(_) => Signal::Traces,
            Self::Metrics(_) => Signal::Metrics,
            Self::Logs(_) => Signal::Logs,
        }
    }

    /// The attributes of its resources.
    pub(crate) fn resource(&self) -> BTreeMap<String, String> {
        let resources: Vec<_> = match self {
            Self::Traces(request) => request.resource_spans.iter().map(|of| &of.resource).collect(),
            Self::Metrics(request) => request.resource_metrics.iter().map(|of| &of.resource).collect(),
            Self::Logs(request) => request.resource_logs.iter().map(|of| &of.resource).collect(),
        };
        resources.into_iter().flatten().flat_map(|resource| attributes(&resource.attributes)).collect()
    }
}

impl Received {
    /// All spans, in the order in which they came.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let traces = self.requests.iter().filter_map(|request| match &request.message {
            Message::Traces(traces) => Some(traces),
            _ => None,
        });
        traces.flat_map(|traces| &traces.resource_spans).flat_map(|of| &of.scope_spans).flat_map(|of| of.spans.clone()).collect()
    }

    /// All log records, each with the name of its scope.
    pub(crate) fn logs(&self) -> Vec<(String, LogRecord)> {
        let logs = self.requests.iter().filter_map(|request| match &request.message {
            Message::Logs(logs) => Some(logs),
            _ => None,
        });
        let scopes = logs.flat_map(|logs| &logs.resource_logs).flat_map(|of| &of.scope_logs);
        scopes
            .flat_map(|scope| {
                let name = scope.scope.as_ref().map(|scope| scope.name.clone()).unwrap_or_default();
                scope.log_records.iter().map(move |record| (name.clone(), record.clone()))
            })
            .collect()
    }

    /// All metrics, in the order in which they came.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let metrics = self.requests.iter().filter_map(|request| match &request.message {
            Message::Metrics(metrics) => Some(metrics),
            _ => None,
        });
        metrics
            .flat_map(|metrics| &metrics.resource_metrics)
            .flat_map(|of| &of.scope_metrics)
            .flat_map(|of| of.metrics.clone())
            .collect()
    }

    /// The last value of each series of a sum, by its attributes.
    pub(crate) fn sums(&self, name: &str) -> BTreeMap<BTreeMap<String, String>, f64> {
        let mut sums = BTreeMap::new();
        for metric in self.metrics().into_iter().filter(|metric| metric.name == name) {
            let Some(Data::Sum(sum)) = metric.data else { continue };
            for point in sum.data_points {
                let value = match point.value {
                    Some(number_data_point::Value::AsDouble(value)) => value,
                    #[allow(clippy::cast_precision_loss)]
                    Some(number_data_point::Value::AsInt(value)) => value as f64,
                    None => continue,
                };
                sums.insert(attributes(&point.attributes).collect(), value);
            }
        }
        sums
    }

    /// How many requests of a signal have arrived, also refused ones.
    pub(crate) fn attempts_of(&self, signal: Signal) -> Vec<Instant> {
        self.attempts.iter().filter(|(_, of)| *of == Some(signal)).map(|(at, _)| *at).collect()
    }
}

/// Attributes as texts.
pub(crate) fn attributes(attributes: &[KeyValue]) -> impl Iterator<Item = (String, String)> {
    attributes.iter().map(|attribute| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let text = match value {
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::IntValue(value)) => value.to_string(),
            Some(Value::DoubleValue(value)) => value.to_string(),
            Some(Value::BoolValue(value)) => value.to_string(),
            other => format!("{other:?}"),
        };
        (attribute.key.clone(), text)
    })
}
