//! The line that says what is set up.

use std::{fmt::Write as _, net::SocketAddr};

use super::{provider, settings::Settings};

/// Names sinks, endpoints, the sampler, the metrics path.
pub(super) fn of(settings: &Settings, listening: Option<SocketAddr>) -> String {
    if !settings.enabled {
        return "telemetry is disabled".to_owned();
    }
    let mut sinks = Vec::new();
    if settings.console.is_some() {
        sinks.push("console".to_owned());
    }
    if settings.json_spans {
        sinks.push("stdout (JSON spans)".to_owned());
    }
    if let Some(sqlite) = &settings.sqlite {
        sinks.push(format!("sqlite {}", sqlite.path.display()));
    }
    let otlp = [("traces", &settings.otlp.traces), ("metrics", &settings.otlp.metrics), ("logs", &settings.otlp.logs)];
    for (signal, endpoint) in otlp {
        if let Some(endpoint) = endpoint {
            sinks.push(format!("otlp {signal} to {} by {}", endpoint.url, endpoint.protocol.name()));
        }
    }
    if let Some(prometheus) = &settings.prometheus {
        sinks.push(match listening {
            Some(address) => format!("prometheus http://{address}{}", prometheus.path),
            None => format!("prometheus {}", prometheus.path),
        });
    }
    let sinks = if sinks.is_empty() { "none".to_owned() } else { sinks.join(", ") };
    let mut line = format!("telemetry started: service {}", provider::service_name(settings));
    let _ = write!(line, "; sinks: {sinks}; sampler: {}", settings.sampler);
    line
}
