//! What must hold of settings together, wherever they were said, and of those that the program sets.

use super::{
    draft::{Draft, Signal},
    url::Url,
    values::{self, Bounds},
};
use crate::pipeline::settings::{OtlpEndpoint, Protocol, QueueSettings, Sampler};

/// Checks all of it, and completes URLs.
pub(super) fn check(draft: &mut Draft<'_>) {
    name(draft);
    queue(draft);
    times(draft);
    if let Sampler::Probability(rate) = draft.settings.sampler
        && !values::is_rate(rate)
    {
        draft.refuse("sampler", &format!("has the rate {rate}; expected a number from 0 to 1"));
    }
    for (setting, filter) in [("span_filter", &draft.settings.span_filter), ("logs.filter", &draft.settings.logs.filter)] {
        if let Err(wrong) = values::filter(filter) {
            draft.refuse(setting, &wrong);
        }
    }
    if let Some(wrong) = draft.settings.prometheus.as_ref().and_then(|prometheus| values::endpoint_path(&prometheus.path).err()) {
        draft.refuse("prometheus.path", &wrong);
    }
    if let Some(sqlite) = &draft.settings.sqlite
        && let Some(wrong) = values::file_path(&sqlite.path.to_string_lossy()).err()
    {
        draft.refuse("sqlite.path", &wrong);
    }
    if let Some(wrong) = draft.settings.logs.span_fields.iter().find_map(|(field, key)| values::span_field(key, field).err()) {
        draft.refuse("logs.span_fields", &wrong);
    }
    for signal in Signal::ALL {
        endpoint(signal, draft);
    }
}

/// `service.name` stands in one place.
fn name(draft: &mut Draft<'_>) {
    let settings = &mut draft.settings;
    if let Some(name) = settings.resource_attributes.remove("service.name")
        && settings.service_name.is_empty()
    {
        settings.service_name = name;
    }
}

fn queue(draft: &mut Draft<'_>) {
    let QueueSettings { capacity, batch, .. } = draft.settings.queue;
    let defaults = QueueSettings::default();
    if capacity == 0 {
        draft.refuse("queue.capacity", "is 0; expected 1 at least");
    } else if batch == 0 {
        draft.refuse("queue.batch", "is 0; expected 1 at least");
    } else if batch > capacity {
        // Whoever only wants a shorter queue means no larger batch.
        if !draft.is_noted("queue.batch") && batch == defaults.batch {
            draft.settings.queue.batch = capacity;
            return;
        }
        let setting = if draft.is_noted("queue.batch") { "queue.batch" } else { "queue.capacity" };
        let what = format!("makes batches of {batch} of a queue that holds {capacity}; expected a batch that fits in the queue");
        draft.refuse(setting, &what);
    }
}

fn times(draft: &Draft<'_>) {
    let settings = &draft.settings;
    let times = [
        ("export_interval", settings.export_interval, values::INTERVAL),
        ("shutdown_timeout", settings.shutdown_timeout, values::SHUTDOWN),
        ("queue.delay", settings.queue.delay, values::DELAY),
    ];
    for (setting, time, bounds) in times {
        if !bounds.contains(time) {
            draft.refuse(setting, &out_of(bounds, time));
        }
    }
}

fn out_of(bounds: Bounds, time: std::time::Duration) -> String {
    format!("is {time:?}; expected a time from {} to {}", values::written(bounds.least), values::written(bounds.most))
}

fn endpoint(signal: Signal, draft: &mut Draft<'_>) {
    let is_insecure = *draft.insecure.of(signal);
    let setting = if draft.is_noted(signal.url_setting()) { signal.url_setting() } else { "otlp.url" };
    let Some(endpoint) = signal.of(&mut draft.settings.otlp) else { return };
    let url = match Url::read(&endpoint.url) {
        Ok(url) => url,
        Err(wrong) => {
            draft.refuse(setting, &wrong);
            return;
        }
    };
    let has_path = !matches!(url.path, "" | "/");
    let completed = url.complete(is_insecure);
    endpoint.url = completed;
    let wrong = wrong(endpoint, has_path);
    if let Some(wrong) = wrong {
        draft.refuse(setting, &wrong);
    }
}

/// What comes before a signal's path in a URL that is to be that of all signals.
fn base_of(endpoint: &OtlpEndpoint) -> Option<&str> {
    if endpoint.is_signal_url || endpoint.protocol != Protocol::HttpProtobuf {
        return None;
    }
    let url = endpoint.url.trim_end_matches('/');
    ["/v1/traces", "/v1/metrics", "/v1/logs"].iter().find_map(|path| url.strip_suffix(path))
}

/// What is wrong with an endpoint whose URL is one.
fn wrong(endpoint: &OtlpEndpoint, has_path: bool) -> Option<String> {
    let url = values::quoted_url(&endpoint.url);
    if has_path && endpoint.protocol == Protocol::Grpc {
        return Some(format!("is {url} and spoken to by gRPC, which takes no path; leave the path out, or say `http/protobuf`"));
    }
    if let Some(base) = base_of(endpoint) {
        return Some(format!(
            "is {url}, and by HTTP each signal's path is appended to it; write {}, or give the URL to one signal alone: \
             `traces: {{endpoint: …}}`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`",
            values::quoted_url(base)
        ));
    }
    let has_certificates = endpoint.certificate.is_some() || endpoint.client_certificate.is_some();
    if has_certificates && endpoint.url.starts_with("http://") {
        return Some(format!("is {url}, plaintext, which has no use for certificates; say `https`, or leave them out"));
    }
    if !values::TIMEOUT.contains(endpoint.timeout) {
        return Some(format!("has a timeout that {}", out_of(values::TIMEOUT, endpoint.timeout)));
    }
    endpoint.headers.iter().find_map(|(name, value)| {
        let name = values::header_name(name).map(drop);
        name.and_then(|()| values::header_value(value.expose())).err()
    })
}
