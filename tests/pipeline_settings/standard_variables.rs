//! OpenTelemetry's variables, which win over all, and our own.

use std::time::Duration;

use llm_span::pipeline::{Compression, LogFormat, LogOutput, Protocol, Sampler};

use crate::{by_variables, sound_with, urls};

#[test]
fn telemetry_can_be_switched_off() {
    assert!(!by_variables(&[("OTEL_SDK_DISABLED", "true")]).enabled);
    assert!(by_variables(&[("OTEL_SDK_DISABLED", "false")]).enabled);
    assert!(!sound_with("llm_span: {enabled: false}", &[("OTEL_SDK_DISABLED", "false")]).enabled);
    assert!(!sound_with("telemetry: {enabled: true}", &[("OTEL_SDK_DISABLED", "TRUE")]).enabled);
}

#[test]
fn one_that_is_empty_counts_as_not_set() {
    let settings = by_variables(&[("OTEL_SERVICE_NAME", ""), ("OTEL_TRACES_EXPORTER", " "), ("OTEL_BSP_MAX_QUEUE_SIZE", "")]);
    assert!(settings.console.is_some() && settings.service_name.is_empty());
}

#[test]
fn resource_attributes_are_percent_decoded_and_the_services_name_is_its_own() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "team=m%2Cl, a%20b = c%3Dd ,service.name=from-attributes,odd=100%");
    let settings = by_variables(&[attributes]);
    let pairs: Vec<(&str, &str)> =
        settings.resource_attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("a b", "c=d"), ("odd", "100%"), ("team", "m,l")]);
    assert_eq!(settings.service_name, "from-attributes");
    assert_eq!(by_variables(&[attributes, ("OTEL_SERVICE_NAME", "named")]).service_name, "named");
}

#[test]
fn samplers_follow_their_parents_by_whatever_name() {
    let sampler =
        |name: &str, rate: &str| by_variables(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", rate)]).sampler;
    assert_eq!(sampler("always_on", ""), Sampler::Always);
    assert_eq!(sampler("parentbased_always_off", ""), Sampler::Never);
    assert_eq!(sampler("traceidratio", "0.25"), Sampler::Probability(0.25));
    assert_eq!(sampler("parentbased_traceidratio", ""), Sampler::Probability(1.0));
}

#[test]
fn a_signals_own_variables_win_over_those_of_all() {
    let settings = by_variables(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t,x-tenant=a"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://logs:4317"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-tenant=b"),
        ("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", "ca.pem"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
    ]);
    assert_eq!(urls(&settings), [Some("http://collector:4318"), Some("http://collector:4318"), Some("https://logs:4317")]);
    let logs = settings.otlp.logs.as_ref().unwrap();
    let headers: Vec<(&str, &str)> = logs.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(headers, [("authorization", "Bearer t"), ("x-tenant", "b")]);
    assert_eq!(
        (logs.protocol, logs.compression, logs.timeout),
        (Protocol::Grpc, Compression::Gzip, Duration::from_millis(2_500))
    );
    assert!(logs.is_signal_url && logs.certificate.is_some());
    let traces = settings.otlp.traces.as_ref().unwrap();
    assert!(!traces.is_signal_url && traces.certificate.is_none());
    assert_eq!(traces.headers[1].1.expose(), "a");
}

#[test]
fn without_a_scheme_there_is_tls_unless_it_is_to_be_insecure() {
    let url = |variables: &[(&str, &str)]| by_variables(variables).otlp.traces.unwrap().url;
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]), "https://collector:4317");
    let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"), insecure]), "http://collector:4317");
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4317"), insecure]), "https://collector:4317");
    let gateway = sound_with("observability: {tracing: {exporter: {endpoint: \"c:4317\"}}}", &[insecure]);
    assert_eq!(urls(&gateway)[0], Some("http://c:4317"));
}

#[test]
fn twinkles_workers_are_told_by_variables_alone() {
    let settings = by_variables(&[
        ("TWINKLE_TELEMETRY_ENABLED", "1"),
        ("TWINKLE_TELEMETRY_DEBUG", "0"),
        ("TWINKLE_TELEMETRY_SERVICE", "worker"),
        ("TWINKLE_TELEMETRY_ENDPOINT", "http://collector:4317"),
        ("TWINKLE_TELEMETRY_INTERVAL", "1000"),
    ]);
    assert!(settings.enabled && settings.console.is_none() && settings.metric_sets.is_some());
    assert_eq!((settings.service_name.as_str(), urls(&settings)), ("worker", [Some("http://collector:4317"); 3]));
    assert_eq!(settings.export_interval, Duration::from_secs(1));
    assert!(!by_variables(&[("TWINKLE_TELEMETRY_ENABLED", "0")]).enabled);
    let over_file =
        sound_with("telemetry: {service_name: f}", &[("TWINKLE_TELEMETRY_ENABLED", "true"), ("TWINKLE_TELEMETRY_DEBUG", "1")]);
    assert!(over_file.enabled && over_file.console.is_some());
    let other_form = sound_with("observability: {enabled: true}", &[("TWINKLE_TELEMETRY_ENABLED", "0")]);
    assert!(other_form.enabled, "another form has nothing to do with them");
}

#[test]
fn the_rest_has_variables_of_ours() {
    let settings = by_variables(&[
        ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("RUST_LOG", "warn,chat=trace"),
        ("LLM_SPAN_LOG_FORMAT", "json"),
        ("LLM_SPAN_LOG_OUTPUT", "stderr"),
        ("LLM_SPAN_LOG_SPAN_FIELDS", "request_id=http.request_id, user = user.id,"),
        ("LLM_SPAN_LOG_LLM_FIELDS", "1"),
        ("LLM_SPAN_JSON_SPANS", "true"),
        ("LLM_SPAN_SQLITE_PATH", "t.db"),
        ("LLM_SPAN_SQLITE_MAX_AGE", "12h"),
        ("LLM_SPAN_SQLITE_MAX_SIZE", "1GiB"),
        ("LLM_SPAN_SHUTDOWN_TIMEOUT", "500ms"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "9000"),
        ("LLM_SPAN_PROMETHEUS_PATH", "/prom"),
    ]);
    assert_eq!(settings.export_interval, Duration::from_millis(1_500));
    assert_eq!((settings.queue.capacity, settings.queue.batch, settings.queue.delay), (100, 100, Duration::ZERO));
    assert_eq!((settings.logs.format, settings.logs.output), (Some(LogFormat::Json), LogOutput::Stderr));
    assert_eq!(settings.logs.filter, "warn,chat=trace");
    let carried = [("http.request_id", "request_id"), ("user.id", "user")];
    assert_eq!(settings.logs.span_fields, carried.map(|(field, key)| (field.to_owned(), key.to_owned())));
    assert!(settings.logs.llm_fields);
    assert!(settings.json_spans);
    let sqlite = settings.sqlite.as_ref().unwrap();
    assert_eq!((sqlite.max_age, sqlite.max_bytes), (Some(Duration::from_secs(12 * 3_600)), Some(1 << 30)));
    assert_eq!(settings.shutdown_timeout, Duration::from_millis(500));
    let prometheus = settings.prometheus.unwrap();
    assert_eq!((prometheus.path.as_str(), prometheus.listen), ("/prom", Some("0.0.0.0:9000".parse().unwrap())));
}
