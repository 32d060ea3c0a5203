//! What is wrong with settings, and the message that each gets. Each is a block of the file, and of what is said of it.

use insta::assert_snapshot;
use llm_span::{
    Telemetry,
    pipeline::{LogSettings, OtlpEndpoint, PrometheusSettings, Sampler},
};

use crate::{read, read_variables, with};

/// Each configuration with what is said of it.
#[track_caller]
fn messages(configurations: &[&str]) -> String {
    let told = configurations.iter().map(|yaml| {
        let errors = read(yaml, &[]).map(|_| ()).expect_err(yaml);
        format!("{}\n→ {}\n", yaml.trim_end(), errors.to_string().replace('\n', "\n→ "))
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn of_files_that_are_no_settings() {
    let told = messages(&[
        "observability:\n\tenabled: true",
        "observability:\n  enabled: true\n metrics: {}",
        "observability: {enabled: true",
        "observability: \"unclosed",
        "just some words",
        "- a\n- list",
        "telemetry: *nowhere",
        "telemetry: &a\n  resource_attributes: *a",
        "telemetry: true",
        "llm_span: [console]",
        "observability:\n  enabled: true\nobservability:\n  enabled: false",
        "observability:\n  enabled: true\n---\nobservability:\n  enabled: false",
        "observability:\n  enabled: true\n  enabled: false",
        "observability: {enabled: true}\ntelemetry: {enabled: true}",
    ]);
    assert_snapshot!(told);
}

#[test]
fn of_the_gateways_form() {
    let told = messages(&[
        "observability:\n  tracing:\n    sampler:\n      type: probability\n      rate: 1.5",
        "observability:\n  tracing:\n    sampler: {type: probability, rate: \"0.1\"}",
        "observability:\n  tracing:\n    sampler: {type: probability}",
        "observability:\n  tracing:\n    sampler: {type: always, rate: 0.1}",
        "observability:\n  tracing:\n    sampler: {rate: 0.1}",
        "observability:\n  tracing:\n    sampler: {type: sometimes}",
        "observability:\n  tracing:\n    sampler: always",
        "observability:\n  tracing:\n    samplr: {type: always}",
        "observability:\n  enabled: yes",
        "observability:\n  metrics:\n    path: metrics",
        "observability:\n  metrics: /metrics",
        "observability:\n  tracing:\n    service_name: 7",
        "observability:\n  tracing:\n    exporter: {type: stdout, endpoint: \"localhost:4317\", insecure: true}",
        "observability:\n  tracing:\n    exporter: {type: jaeger}",
        "observability:\n  tracing:\n    exporter: {endpoint: \"localhost\"}",
        "observability:\n  tracing:\n    exporter: {endpoint: \"localhost:70000\"}",
        "observability:\n  tracing:\n    exporter: {endpoint: \"ftp://localhost:4317\"}",
        "observability:\n  tracing:\n    exporter: {endpoint: \"http://:4317\"}",
        "observability:\n  tracing:\n    exporter: {endpoint: \"http://localhost:4317/v1/traces\"}",
        "observability:\n  tracing:\n    exporter: {endpoint: 4317}",
        "observability:\n  tracing:\n    exporter: {insecure: \"true\"}",
    ]);
    assert_snapshot!(told);
}

#[test]
fn of_twinkles_form() {
    let told = messages(&[
        "telemetry:\n  enable: true",
        "telemetry:\n  enabled: 1",
        "telemetry:\n  export_interval_ms: 0",
        "telemetry:\n  export_interval_ms: 30s",
        "telemetry:\n  export_interval_ms: -5",
        "telemetry:\n  otlp_endpoint: [localhost]",
        "telemetry:\n  resource_attributes: production",
        "telemetry:\n  resource_attributes:\n    team: {name: ml}",
        "telemetry:\n  service_name: one\n  resource_attributes: {service.name: another}",
    ]);
    assert_snapshot!(told);
}

#[test]
fn of_llama_stacks_form() {
    let told = messages(&[
        "telemetry:\n  - provider_id: meta-reference\n    config: {}",
        "telemetry:\n  - provider_type: inline::other",
        "telemetry:\n  - provider_type: inline::meta-reference\n  - provider_type: inline::meta-reference",
        "telemetry:\n  - provider_type: inline::meta-reference\n    config: {sinks: [console, otel_traces]}",
        "telemetry:\n  - provider_type: inline::meta-reference\n    config: {sinks: {console: true}}",
        "telemetry:\n  - provider_type: inline::meta-reference\n    config: {sqlite_db_path: .}",
        "telemetry:\n  - provider_type: inline::meta-reference\n    config: {otel_trace_endpoint: \"http://localhost:4318\"}",
        "telemetry:\n  - provider_type: inline::meta-reference\n    config:\n      service_name: ${env.SERVICE}",
        "telemetry:\n  - provider_type: inline::meta-reference\n    config:\n      service_name: ${env.SERVICE",
        "telemetry:\n  - console",
    ]);
    assert_snapshot!(told);
}

#[test]
fn of_our_own_form() {
    let told = messages(&[
        "llm_span:\n  sinks: [console, otlpp]",
        "llm_span:\n  sinks: {consol: true}",
        "llm_span:\n  sampler: probability",
        "llm_span:\n  sampler: always_on",
        "llm_span:\n  export_interval: 60",
        "llm_span:\n  export_interval: 0s",
        "llm_span:\n  shutdown_timeout: 2d",
        "llm_span:\n  contracts: [ampt]",
        "llm_span:\n  metric_sets: [amtp, genai]",
        "llm_span:\n  findings: loud",
        "llm_span:\n  span_names: short",
        "llm_span:\n  span_filter: inof",
        "llm_span:\n  logs: {filter: \"a[b]=c\"}",
        "llm_span:\n  logs: {format: xml, output: file}",
        "llm_span:\n  logs: {span_fields: request_id, llm_fields: all}",
        "llm_span:\n  logs: {span_fields: {request_id: [http.request_id], user: \" \", \"\": user.id}}",
        "llm_span:\n  logs: {span_field: {request_id: http.request_id}}",
        "llm_span:\n  queue: {capacity: 100, batch: 200}",
        "llm_span:\n  queue: {capacity: 0}",
        "llm_span:\n  sinks: {sqlite: {path: \"\"}}",
        "llm_span:\n  sinks: {sqlite: {max_age: 7 weeks, max_size: 10}}",
        "llm_span:\n  sinks: {sqlite: {max_size: 10KB}}",
        "llm_span:\n  sinks: {prometheus: {path: metrics, listen: everywhere}}",
        "llm_span:\n  sinks: {otlp: \"collector:4318/v1/traces?key=k\"}",
        "llm_span:\n  sinks: {otlp: \"http://collector:4318/v1/traces\"}",
        "llm_span:\n  sampler: 0.5",
        "llm_span:\n  logs: {filter: \"info/foo\"}",
        "llm_span:\n  sinks: {otlp: {protocol: http/json}}",
        "llm_span:\n  sinks: {otlp: {compression: zstd, timeout: 0ms}}",
        "llm_span:\n  sinks: {otlp: {endpoint: \"http://collector:4317\", certificate: ca.pem}}",
        "llm_span:\n  sinks: {otlp: {endpoint: \"https://collector:4317\", client_certificate: cert.pem}}",
        "llm_span:\n  sinks: {otlp: {traces: {metrics: false}}}",
        "llm_span:\n  ? [a, b]\n  : c",
    ]);
    assert_snapshot!(told);
}

#[test]
fn of_the_environment() {
    let variables = [
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_METRICS_EXPORTER", "none,otlp"),
        ("OTEL_LOGS_EXPORTER", "prometheus"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=ml,alone"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "tcp://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "maybe"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_SDK_DISABLED", "disabled"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "metrics.example"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "94640"),
        ("RUST_LOG", "dbug"),
        ("LLM_SPAN_FINDINGS", "loud"),
        ("LLM_SPAN_LOG_SPAN_FIELDS", "request_id=http.request_id,user.id,=user.id"),
        ("LLM_SPAN_LOG_LLM_FIELDS", "some"),
        ("LLM_SPAN_CONTRACTS", "amtp,ours"),
        ("LLM_SPAN_METRIC_SETS", "twinkel"),
        ("LLM_SPAN_SPAN_NAMES", "gen-ai"),
        ("LLM_SPAN_SQLITE_MAX_AGE", "7"),
        ("LLM_SPAN_SHUTDOWN_TIMEOUT", "1h"),
        ("TWINKLE_TELEMETRY_ENABLED", "2"),
        ("TWINKLE_TELEMETRY_INTERVAL", "often"),
    ];
    let told = read_variables(&variables).unwrap_err();
    assert_snapshot!(told);
}

#[test]
fn of_variables_that_do_not_go_together() {
    let together = |variables: &[(&str, &str)]| read_variables(variables).unwrap_err().to_string();
    let all = [
        together(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")]),
        together(&[("OTEL_BSP_MAX_QUEUE_SIZE", "10"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20")]),
        together(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"), ("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca.pem")]),
        together(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/otlp"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]),
        together(&[("TELEMETRY_SINKS", "console,otel")]),
    ];
    let told = all.join("\n");
    assert_snapshot!(told);
}

#[test]
fn of_the_program() {
    let program = |telemetry: Telemetry| with(telemetry, &[]).unwrap_err().to_string();
    let all = [
        program(Telemetry::new().sampler(Sampler::Probability(f64::NAN))),
        program(Telemetry::new().otlp(OtlpEndpoint::grpc("http://"))),
        program(Telemetry::new().otlp(OtlpEndpoint::http("http://localhost:4318").header("bad name", "v"))),
        program(Telemetry::new().otlp(OtlpEndpoint::http("http://localhost:4318").header("content-type", "v"))),
        program(Telemetry::new().sqlite("")),
        program(Telemetry::new().set(|settings| settings.queue.capacity = 0)),
        program(Telemetry::new().set(|settings| settings.queue.batch = 5_000)),
        program(Telemetry::new().set(|settings| settings.export_interval = std::time::Duration::ZERO)),
        program(Telemetry::new().set(|settings| settings.logs.filter = "=".into())),
        program(Telemetry::new().logs(LogSettings::json().span_field("", "request_id"))),
        program(Telemetry::new().set(|settings| {
            let mut prometheus = PrometheusSettings::default();
            prometheus.path = "metrics".into();
            settings.prometheus = Some(prometheus);
        })),
    ];
    let told = all.join("\n");
    assert_snapshot!(told);
}

#[test]
fn all_at_once_in_the_order_of_the_file() {
    let yaml = "
app: {anything: [goes]}
llm_span:
  sinks: {otlp: {timeout: soon}, sqlite: {max_age: 1}}
  sampelr: always
observability:
  tracing:
    exporter: {endpoint: nowhere}
    sampler: {type: probability, rate: 7}
";
    let told = read(yaml, &[("OTEL_TRACES_SAMPLER", "x"), ("LLM_SPAN_FINDINGS", "y")]).unwrap_err();
    assert_eq!(told.iter().count(), 7);
    assert_snapshot!(told);
}

#[test]
fn a_file_that_the_environment_names_and_that_is_not_there() {
    let errors = read_variables(&[("LLM_SPAN_CONFIG", "no/such/file.yaml")]).unwrap_err().to_string();
    assert!(
        errors.starts_with("environment: `LLM_SPAN_CONFIG` names the file no/such/file.yaml, which can't be read: "),
        "{errors}"
    );
}

#[test]
fn a_file_that_is_not_there() {
    let errors = Telemetry::new().file("no/such/file.yaml").environment([]).settings().unwrap_err();
    let errors = errors.to_string();
    assert!(
        errors.starts_with("no/such/file.yaml: can't be read: ") && errors.contains("give the path of a YAML file"),
        "{errors}"
    );
}
