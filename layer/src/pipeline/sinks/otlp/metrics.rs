//! Metrics.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

use super::{batch::Batch as _, delivery::Delivery, runtime::OtlpRuntime, signal::Signal};
use crate::pipeline::{
    settings::OtlpEndpoint,
    worker::{Patience, Teller},
};

/// Sends metrics; for a periodic reader, which has a thread of its own.
///
/// Sums are cumulative: what one export could not tell, the next does. So attempts to send one end with the endpoint's timeout.
pub(crate) fn metrics(
    endpoint: &OtlpEndpoint,
    runtime: &OtlpRuntime,
    teller: &Teller,
) -> Result<impl PushMetricExporter + use<>, String> {
    let delivery = Delivery::new(endpoint, Signal::Metrics, runtime, teller, endpoint.timeout)?;
    Ok(OtlpMetrics {
        sending: Mutex::new(Sending { delivery, fails: false }),
        patience: Patience::default(),
        teller: teller.clone(),
    })
}

struct OtlpMetrics {
    sending: Mutex<Sending>,
    /// Without an end: the timeout is one.
    patience: Patience,
    teller: Teller,
}

struct Sending {
    delivery: Delivery,
    fails: bool,
}

impl fmt::Debug for OtlpMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtlpMetrics")
    }
}

impl PushMetricExporter for OtlpMetrics {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let request = ExportMetricsServiceRequest::from(metrics);
        if request.items() == 0 {
            return Ok(());
        }
        let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sending.delivery.deliver(request, &self.patience);
        let name = Signal::Metrics.to_string();
        match sent {
            Ok(()) => {
                if std::mem::take(&mut sending.fails) {
                    self.teller.inform(&name, "metrics are sent again");
                }
                Ok(())
            }
            Err(failure) => {
                if !std::mem::replace(&mut sending.fails, true) {
                    let text = format!("metrics could not be sent; the next export tells the same sums: {}", failure.why);
                    self.teller.fail(&name, &text);
                }
                Err(OTelSdkError::InternalFailure(failure.why))
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// Nothing waits here; the connection ends with the exporter.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
