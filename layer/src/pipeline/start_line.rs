//! The line that says what is set up.

use std::net::SocketAddr;

use super::{provider, settings::Settings};

/// Names sinks, endpoints, the sampler, the metrics path; those that could not be set up as such.
pub(super) fn of(settings: &Settings, listening: Option<SocketAddr>, left_out: &[String]) -> String {
    if !settings.enabled {
        return "telemetry is disabled".to_owned();
    }
    let mut sinks = Vec::new();
    let mut add = |name: &str, shown: String| {
        let is_left_out = left_out.iter().any(|left_out| left_out == name);
        sinks.push(if is_left_out { format!("{shown} (left out)") } else { shown });
    };
    if settings.console.is_some() {
        add("console", "console".to_owned());
    }
    if settings.json_spans {
        add("stdout", "stdout (JSON spans)".to_owned());
    }
    if let Some(sqlite) = &settings.sqlite {
        add("sqlite", format!("sqlite {}", sqlite.path.display()));
    }
    let otlp =
        [("otlp traces", &settings.otlp.traces), ("otlp metrics", &settings.otlp.metrics), ("otlp logs", &settings.otlp.logs)];
    for (name, endpoint) in otlp {
        if let Some(endpoint) = endpoint {
            add(name, format!("{name} to {} by {}", shown(&endpoint.url), endpoint.protocol.name()));
        }
    }
    if let Some(prometheus) = &settings.prometheus {
        let path = &prometheus.path;
        let served =
            listening.map_or_else(|| format!("prometheus {path}"), |address| format!("prometheus http://{address}{path}"));
        add("prometheus", served);
    }
    let sinks = if sinks.is_empty() { "none".to_owned() } else { sinks.join(", ") };
    let service = provider::service_name(settings);
    // Twinkle's operators look for these words in the logs of workers.
    let started = if settings.is_twinkle_worker { "Worker telemetry initialized" } else { "telemetry started" };
    format!("{started}: service {service}; sinks: {sinks}; sampler: {}; settings: {}", settings.sampler, settings.origin)
}

/// Without what may be a secret: settings that code made are not checked.
fn shown(url: &str) -> &str {
    if url.contains('@') { "<hidden>" } else { url.split(['?', '#']).next().unwrap_or(url) }
}
