//! What is laid over what: the form's defaults, the program, the file, the environment.

use std::io::Write as _;

use llm_span::{
    Telemetry,
    contract::{MetricSet, MetricSets},
    pipeline::{OtlpEndpoint, Protocol, Sampler},
};

use crate::{by_variables, sound, sound_with, urls, with};

const GATEWAY: &str = "observability: {tracing: {service_name: by-file, exporter: {endpoint: \"by-file:4317\"}}}";

#[test]
fn the_program_wins_over_the_forms_defaults_the_file_over_it_and_the_environment_over_all() {
    let program =
        || Telemetry::new().service_name("by-program").sampler(Sampler::Never).otlp(OtlpEndpoint::http("http://by-program:4318"));
    let name = |telemetry: Telemetry, variables: &[(&str, &str)]| with(telemetry, variables).unwrap().service_name;
    assert_eq!(name(Telemetry::new().yaml("c", "observability: {enabled: true}"), &[]), "llm-gateway");
    assert_eq!(name(program().yaml("c", "observability: {enabled: true}"), &[]), "by-program");
    assert_eq!(name(program().yaml("c", GATEWAY), &[]), "by-file");
    assert_eq!(name(program().yaml("c", GATEWAY), &[("OTEL_SERVICE_NAME", "by-variable")]), "by-variable");

    let settings = with(program().yaml("c", GATEWAY), &[]).unwrap();
    assert_eq!(settings.sampler, Sampler::Never, "what the file does not say stays as the program has it");
    assert_eq!(urls(&settings)[0], Some("https://by-file:4317"));
    assert_eq!(settings.metric_sets, Some(MetricSets::from(MetricSet::llm_gateway())));
}

#[test]
fn the_environment_names_the_file_where_the_program_names_none() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"llm_span: {service_name: by-file}").unwrap();
    let named = [("LLM_SPAN_CONFIG", file.path().to_str().unwrap())];
    assert_eq!(by_variables(&named).service_name, "by-file");
    assert_eq!(sound_with("llm_span: {service_name: another}", &named).service_name, "another");
}

#[test]
fn our_own_block_is_laid_over_the_form_beside_it() {
    let yaml = "
llm_span:
  service_name: ours
  metric_sets: [amtp, llm_gateway]
  sinks: {console: true, otlp: {timeout: 3s}, prometheus: {listen: \"127.0.0.1:0\"}}
observability:
  metrics: {path: /prom}
  tracing: {service_name: theirs, sampler: {type: never}}
";
    let settings = sound(yaml);
    assert_eq!((settings.service_name.as_str(), settings.sampler), ("ours", Sampler::Never));
    assert!(settings.console.is_some());
    assert_eq!(urls(&settings), [Some("https://localhost:4317"), None, None], "no signal is added");
    assert_eq!(settings.otlp.traces.as_ref().unwrap().timeout.as_secs(), 3);
    let prometheus = settings.prometheus.as_ref().unwrap();
    assert_eq!((prometheus.path.as_str(), prometheus.listen), ("/prom", Some("127.0.0.1:0".parse().unwrap())));
    assert_eq!(settings.metric_sets, Some(MetricSets::named(["amtp", "llm_gateway"]).unwrap()));
}

#[test]
fn a_list_of_sinks_says_which_there_are() {
    let settings = with(Telemetry::new().console().json_spans().yaml("c", "llm_span: {sinks: [sqlite, otlp]}"), &[]).unwrap();
    assert!(settings.console.is_none() && !settings.json_spans && settings.prometheus.is_none());
    assert_eq!(settings.sqlite.as_ref().unwrap().path, std::path::PathBuf::from("telemetry.db"));
    assert_eq!(urls(&settings), [Some("http://localhost:4318"); 3]);
}

#[test]
fn without_any_choice_there_is_the_console() {
    let settings = by_variables(&[]);
    assert!(settings.enabled && settings.console.is_some() && urls(&settings) == [None; 3]);
    assert!(sound("llm_span: {service_name: chat}").console.is_some());
    assert!(!sound("llm_span: {sinks: []}").has_sinks(), "none is a choice, too");
    assert!(with(Telemetry::new().json_spans(), &[]).unwrap().console.is_none());
}

#[test]
fn an_endpoint_of_the_environment_takes_the_consoles_place() {
    let settings = by_variables(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")]);
    assert!(settings.console.is_none());
    assert_eq!(urls(&settings), [Some("http://collector:4318"); 3]);
    let settings = by_variables(&[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector:4318/logs")]);
    assert_eq!(urls(&settings), [None, None, Some("http://collector:4318/logs")]);
    assert!(settings.otlp.logs.unwrap().is_signal_url);
}

#[test]
fn an_endpoint_of_the_environment_switches_nothing_on_where_sinks_are_chosen() {
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")];
    let settings = with(Telemetry::new().json_spans(), &endpoint).unwrap();
    assert_eq!(urls(&settings), [None; 3]);
    let settings = sound_with("observability: {enabled: true}", &endpoint);
    assert_eq!(urls(&settings), [Some("http://collector:4317"), None, None]);
}

#[test]
fn the_environment_chooses_exporters_in_any_case() {
    let chosen =
        [("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_METRICS_EXPORTER", "prometheus,console"), ("OTEL_LOGS_EXPORTER", "none")];
    let settings = with(Telemetry::new().json_spans().console(), &chosen).unwrap();
    assert_eq!(urls(&settings), [Some("http://localhost:4318"), None, None]);
    assert!(settings.console.as_ref().unwrap().metrics, "metrics are dumped");
    assert_eq!(settings.prometheus.as_ref().unwrap().listen, Some("127.0.0.1:9464".parse().unwrap()));
    assert!(settings.json_spans, "which is none of these exporters");

    let settings = sound_with("observability: {enabled: true}", &[("OTEL_METRICS_EXPORTER", "prometheus")]);
    assert_eq!(settings.prometheus.unwrap().listen, None, "the program serves it already");
    let settings =
        sound_with("observability: {enabled: true}", &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_TRACES_EXPORTER", "console")]);
    assert!(settings.prometheus.is_none() && settings.console.is_some());
    assert_eq!(urls(&settings), [None, Some("https://localhost:4317"), None], "sent to where traces were");
    assert!(!by_variables(&[("OTEL_TRACES_EXPORTER", "none")]).has_sinks());
}

#[test]
fn the_protocol_is_what_somebody_says_else_what_the_port_means() {
    let protocol = |yaml: &str, variables: &[(&str, &str)]| {
        let settings = sound_with(yaml, variables);
        let traces = settings.otlp.traces.unwrap();
        (traces.protocol, traces.url)
    };
    let endpoint = |url: &str| protocol("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", url)]).0;
    assert_eq!(endpoint("http://collector:4317"), Protocol::Grpc);
    assert_eq!(endpoint("http://collector:4318"), Protocol::HttpProtobuf);
    assert_eq!(endpoint("https://collector"), Protocol::HttpProtobuf);
    let said = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];
    assert_eq!(protocol("", &said).0, Protocol::HttpProtobuf);
    let twinkle = "telemetry: {enabled: true, otlp_endpoint: http://collector:4318}";
    assert_eq!(protocol(twinkle, &[]).0, Protocol::Grpc);
    assert_eq!(protocol(twinkle, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:9000")]).0, Protocol::Grpc);
    assert_eq!(protocol(twinkle, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")]).0, Protocol::HttpProtobuf);
    let switched = ("http://localhost:4317".to_owned(), Protocol::Grpc);
    let grpc = protocol("llm_span: {sinks: {otlp: {protocol: grpc}}}", &[]);
    assert_eq!((grpc.1, grpc.0), switched, "the standard's endpoint of that protocol");
    assert_eq!(protocol("llm_span: {sinks: {otlp: \"https://collector:4317\"}}", &[]).0, Protocol::Grpc);
}

const KEY: &str = "x-api-key";

fn vendor() -> Telemetry {
    Telemetry::new().otlp(OtlpEndpoint::http("https://vendor:4318").header(KEY, "k").certificate("vendor.pem"))
}

#[test]
fn another_server_gets_no_headers_nor_certificates_of_the_first() {
    for (yaml, variable) in [
        ("", "http://localhost:4318"),
        ("", "http://vendor:4318"),
        ("", "https://vendor:4319"),
        ("", "https://other:4318"),
        ("telemetry: {enabled: true, otlp_endpoint: \"http://localhost:4317\"}", ""),
        ("observability: {tracing: {exporter: {endpoint: \"localhost:4317\", insecure: true}}}", ""),
        ("llm_span: {sinks: {otlp: \"http://localhost:4318\"}}", ""),
    ] {
        let settings = with(vendor().yaml("c", yaml), &[("OTEL_EXPORTER_OTLP_ENDPOINT", variable)]).unwrap();
        let traces = settings.otlp.traces.unwrap();
        assert!(traces.headers.is_empty() && traces.certificate.is_none(), "{yaml} {variable}: {traces:?}");
        let is_grpc = yaml.contains("4317");
        assert_eq!(traces.protocol, if is_grpc { Protocol::Grpc } else { Protocol::HttpProtobuf }, "{yaml}");
    }
}

#[test]
fn the_same_server_keeps_them() {
    for variable in ["https://vendor:4318", "https://VENDOR:4318/below", "vendor:4318", ""] {
        let traces = with(vendor(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", variable)]).unwrap().otlp.traces.unwrap();
        assert_eq!((traces.headers.len(), traces.certificate.is_some()), (1, true), "{variable}");
    }
}

#[test]
fn headers_of_the_layer_that_names_the_server_are_sent_to_it() {
    let yaml = "llm_span: {sinks: {otlp: {endpoint: \"https://a:4318\", headers: {a: \"1\"}, traces: {endpoint: \"https://b:4318/t\"}}}}";
    let settings = with(vendor().yaml("c", yaml), &[]).unwrap();
    for endpoint in [settings.otlp.traces, settings.otlp.logs] {
        let names: Vec<String> = endpoint.unwrap().headers.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a"]);
    }
    let variables = [("OTEL_EXPORTER_OTLP_HEADERS", "b=1"), ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://logs:4318/l")];
    let settings = with(vendor(), &variables).unwrap();
    assert_eq!(settings.otlp.traces.unwrap().headers.len(), 2);
    assert_eq!(settings.otlp.logs.unwrap().headers.len(), 1);
}

#[test]
fn a_form_that_names_no_endpoint_leaves_the_programs_as_it_is() {
    let settings = with(vendor().yaml("c", "telemetry: {enabled: true}"), &[]).unwrap();
    let traces = settings.otlp.traces.unwrap();
    assert_eq!((traces.protocol, traces.headers.len()), (Protocol::HttpProtobuf, 1));
}

#[test]
fn it_is_known_where_settings_come_from() {
    let origin = |yaml: &str| sound(yaml).origin;
    assert_eq!(by_variables(&[]).origin, "no file");
    assert_eq!(origin("observability: {enabled: true}"), "config.yaml, observability");
    assert_eq!(origin("telemetry: []\nllm_span: {enabled: true}"), "config.yaml, llm_span");
    assert_eq!(origin("telemetry: {debug: true}\nllm_span: {enabled: true}"), "config.yaml, telemetry and llm_span");
    assert_eq!(origin("server: {port: 80}"), "config.yaml has no block of telemetry");
    let worker = by_variables(&[("TWINKLE_TELEMETRY_ENABLED", "1")]);
    assert_eq!((worker.origin.as_str(), worker.is_twinkle_worker), ("no file; environment, twinkle", true));
    assert!(!sound_with("telemetry: {enabled: true}", &[("TWINKLE_TELEMETRY_ENABLED", "1")]).is_twinkle_worker);
}
