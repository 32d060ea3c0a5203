//! The metrics' values, dumped as readable lines.

use std::{
    fmt::{self, Display, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    metrics::{
        Temporality,
        data::{
            AggregatedMetrics, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, MetricData, ResourceMetrics,
            ScopeMetrics,
        },
        exporter::PushMetricExporter,
    },
};

use super::{
    shown::{Quoted, Shown},
    style::{Paint, Style},
};
use crate::pipeline::{
    event::{attributes, time},
    sinks::out::Out,
};

/// Dumps the values of all metrics, whenever they are collected:
///
/// ```text
/// 14:03:30.000 [METRICS] 2 metrics
///     llm_requests_total{provider=openai,status=ok} 12 {request}
///     llm_request_duration_seconds{provider=openai} count=2 sum=0.75 s  ≤0.5: 1 ≤1: 1 more: 0
/// ```
pub(crate) struct MetricDump {
    out: Mutex<Out>,
}

impl MetricDump {
    /// On standard output.
    pub(crate) fn stdout() -> Self {
        Self { out: Mutex::new(Out::stdout()) }
    }
}

impl PushMetricExporter for MetricDump {
    /// The reader has a thread of its own, which a stream that takes nothing holds up for a while only.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        const LONGEST: Duration = Duration::from_secs(5);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let text = dump(metrics, SystemTime::now(), Paint(out.is_coloured));
        let deadline = Instant::now() + LONGEST;
        let wait = |pause| {
            std::thread::sleep(pause);
            Instant::now() < deadline
        };
        let written = out.write_bytes(text.as_bytes(), wait);
        written.map_err(|(_, error)| OTelSdkError::InternalFailure(format!("metrics could not be dumped: {error}")))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

/// All metrics, in the order of their names and attributes.
fn dump(metrics: &ResourceMetrics, at: SystemTime, paint: Paint) -> String {
    let mut lines = Vec::new();
    let mut count = 0_usize;
    for metric in metrics.scope_metrics().flat_map(ScopeMetrics::metrics) {
        count += 1;
        let mut series = Series { metric, paint, lines: &mut lines };
        match metric.data() {
            AggregatedMetrics::F64(data) => series.data(data),
            AggregatedMetrics::U64(data) => series.data(data),
            AggregatedMetrics::I64(data) => series.data(data),
        }
    }
    lines.sort();
    let what = if count == 1 { "metric" } else { "metrics" };
    let time = paint.text(Style::Dim, time::clock(at));
    let mut out = format!("{time} {} {count} {what}\n", paint.text(Style::Measurement, "[METRICS]"));
    out.extend(lines);
    out
}

/// The series of one metric.
struct Series<'a> {
    metric: &'a Metric,
    paint: Paint,
    lines: &'a mut Vec<String>,
}

impl Series<'_> {
    fn data<T: Copy + Display>(&mut self, data: &MetricData<T>) {
        match data {
            MetricData::Gauge(gauge) => {
                gauge
                    .data_points()
                    .for_each(|point| self.line(point.attributes(), |out, unit| write!(out, "{}{unit}", point.value())));
            }
            MetricData::Sum(sum) => {
                sum.data_points()
                    .for_each(|point| self.line(point.attributes(), |out, unit| write!(out, "{}{unit}", point.value())));
            }
            MetricData::Histogram(histogram) => {
                histogram.data_points().for_each(|point| self.line(point.attributes(), |out, unit| buckets(point, unit, out)));
            }
            MetricData::ExponentialHistogram(histogram) => {
                histogram
                    .data_points()
                    .for_each(|point| self.line(point.attributes(), |out, unit| exponential(point, unit, out)));
            }
        }
    }

    /// Name, attributes, and what `value` writes, given the unit.
    fn line<'k>(&mut self, labels: impl Iterator<Item = &'k KeyValue>, value: impl FnOnce(&mut String, &str) -> fmt::Result) {
        let unit = self.metric.unit();
        let unit = if unit.is_empty() { String::new() } else { format!(" {}", Shown(unit)) };
        let mut line = format!("    {}", self.paint.text(Style::Bold, Shown(self.metric.name())));
        let labels: Vec<KeyValue> = labels.cloned().collect();
        let mut separator = '{';
        // Writing to a `String` does not fail.
        for (key, value) in attributes(&labels) {
            let _ = write!(line, "{separator}{}={}", Quoted(key), Quoted(&value.as_str()));
            separator = ',';
        }
        line.push_str(if separator == ',' { "} " } else { " " });
        let _ = value(&mut line, &unit);
        line.push('\n');
        self.lines.push(line);
    }
}

fn buckets<T: Copy + Display>(point: &HistogramDataPoint<T>, unit: &str, out: &mut String) -> fmt::Result {
    write!(out, "count={} sum={}{unit} ", point.count(), point.sum())?;
    let mut counts = point.bucket_counts();
    for (bound, count) in point.bounds().zip(&mut counts) {
        write!(out, " ≤{bound}: {count}")?;
    }
    counts.next().map_or(Ok(()), |more| write!(out, " more: {more}"))
}

fn exponential<T: Copy + Display>(point: &ExponentialHistogramDataPoint<T>, unit: &str, out: &mut String) -> fmt::Result {
    write!(out, "count={} sum={}{unit}", point.count(), point.sum())?;
    if let (Some(min), Some(max)) = (point.min(), point.max()) {
        write!(out, " min={min} max={max}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::Arc,
    };

    use opentelemetry::metrics::MeterProvider as _;
    use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn dumped(measure: impl FnOnce(&opentelemetry::metrics::Meter)) -> String {
        let written = Written::default();
        let dump = MetricDump { out: Mutex::new(Out::to(written.clone())) };
        let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(dump).build()).build();
        measure(&provider.meter("test"));
        provider.force_flush().expect("flushed");
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn all_metrics_are_dumped_in_the_order_of_their_names_and_labels() {
        let text = dumped(|meter| {
            let requests = meter.u64_counter("requests").with_unit("{request}").build();
            requests.add(2, &[KeyValue::new("status", "ok"), KeyValue::new("provider", "open ai")]);
            requests.add(1, &[KeyValue::new("status", "error"), KeyValue::new("provider", "open ai")]);
            let duration = meter.f64_histogram("duration").with_unit("s").with_boundaries(vec![0.5, 1.0]).build();
            duration.record(0.25, &[]);
            duration.record(8.0, &[]);
            meter.i64_up_down_counter("active").build().add(-3, &[]);
            meter.f64_gauge("forged\nname").build().record(0.5, &[]);
        });
        let (head, lines) = text.split_once('\n').expect("lines");
        assert!(head.ends_with(" [METRICS] 3 metrics"), "{head}");
        assert_eq!(
            lines,
            concat!(
                "    active -3\n",
                "    duration count=2 sum=8.25 s  ≤0.5: 1 ≤1: 0 more: 1\n",
                "    requests{provider=\"open ai\",status=error} 1 {request}\n",
                "    requests{provider=\"open ai\",status=ok} 2 {request}\n",
            )
        );
    }

    #[test]
    fn a_stream_that_fails_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let dump = MetricDump { out: Mutex::new(Out::to(Full)) };
        let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(dump).build()).build();
        provider.meter("test").u64_counter("requests").build().add(1, &[]);
        assert!(provider.force_flush().is_err());
    }
}
