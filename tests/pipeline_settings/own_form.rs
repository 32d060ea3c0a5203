//! Our own block, in which everything can be set.

use std::{path::PathBuf, time::Duration};

use llm_span::{
    FindingsSetting,
    contract::{Contracts, MetricSets},
    pipeline::{Compression, LogFormat, LogOutput, Protocol, Sampler, SpanNames},
};

use crate::{sound, urls};

pub(crate) const EVERYTHING: &str = "
llm_span:
  enabled: true
  service_name: chat, and more
  resource_attributes: {deployment.environment.name: \"a=b, c%\", team: ml}
  sampler: {type: probability, rate: 0.1}
  sinks:
    console: {metrics: true}
    json_spans: true
    sqlite: {path: var/telemetry.db, max_age: 7d, max_size: 512MB}
    otlp:
      endpoint: https://collector:4318
      protocol: http/protobuf
      headers: {Authorization: \"Bearer a=b,c d\", x-tenant: t}
      timeout: 3s
      compression: gzip
      certificate: ca.pem
      client_certificate: client.pem
      client_key: client.key
      metrics: {endpoint: https://metrics:4317, protocol: grpc, headers: {x-tenant: other}, timeout: 1500ms, compression: none}
      logs: {endpoint: https://logs:4318/l}
    prometheus: {path: /prom, listen: 0.0.0.0:9000}
  export_interval: 1m
  contracts: [gen_ai/g2]
  findings: count
  metric_sets: [amtp, llm_gateway, mcp]
  span_names: gen_ai
  span_filter: debug,h2=off
  logs:
    format: text
    output: stderr
    filter: warn,chat=debug
    span_fields: {request_id: http.request_id, \"odd, key=\": a=b}
    llm_fields: true
  queue: {capacity: 100, batch: 10, delay: 250ms}
  shutdown_timeout: 12s
";

#[test]
fn everything_can_be_set() {
    let settings = sound(EVERYTHING);
    assert_eq!(settings.service_name, "chat, and more");
    assert_eq!(settings.resource_attributes["deployment.environment.name"], "a=b, c%");
    assert_eq!(settings.sampler, Sampler::Probability(0.1));
    assert!(settings.console.as_ref().unwrap().metrics && settings.json_spans);
    let sqlite = settings.sqlite.as_ref().unwrap();
    assert_eq!(sqlite.path, PathBuf::from("var/telemetry.db"));
    assert_eq!((sqlite.max_age, sqlite.max_bytes), (Some(Duration::from_secs(7 * 86_400)), Some(512_000_000)));
    let prometheus = settings.prometheus.as_ref().unwrap();
    assert_eq!((prometheus.path.as_str(), prometheus.listen), ("/prom", Some("0.0.0.0:9000".parse().unwrap())));
    assert_eq!(settings.export_interval, Duration::from_secs(60));
    assert_eq!(settings.contracts.iter().map(llm_span::contract::Contract::name).collect::<Vec<_>>(), ["gen_ai/g2"]);
    assert_eq!(settings.findings, FindingsSetting::Count);
    assert_eq!(settings.metric_sets, Some(MetricSets::named(["amtp", "llm_gateway", "mcp"]).unwrap()));
    assert_eq!((settings.span_names, settings.span_filter.as_str()), (SpanNames::GenAi, "debug,h2=off"));
    assert_eq!((settings.logs.format, settings.logs.output), (Some(LogFormat::Text), LogOutput::Stderr));
    assert_eq!(settings.logs.filter, "warn,chat=debug");
    let carried = [("http.request_id", "request_id"), ("a=b", "odd, key=")];
    assert_eq!(settings.logs.span_fields, carried.map(|(field, key)| (field.to_owned(), key.to_owned())));
    assert!(settings.logs.llm_fields);
    let queue = settings.queue;
    assert_eq!((queue.capacity, queue.batch, queue.delay), (100, 10, Duration::from_millis(250)));
    assert_eq!(settings.shutdown_timeout, Duration::from_secs(12));
}

#[test]
fn each_signal_may_have_settings_of_its_own() {
    let settings = sound(EVERYTHING);
    assert_eq!(urls(&settings), [Some("https://collector:4318"), Some("https://metrics:4317"), Some("https://logs:4318/l")]);
    let traces = settings.otlp.traces.as_ref().unwrap();
    let header = |index: usize| (traces.headers[index].0.as_str(), traces.headers[index].1.expose());
    assert_eq!([header(0), header(1)], [("authorization", "Bearer a=b,c d"), ("x-tenant", "t")]);
    assert_eq!((traces.is_signal_url, traces.protocol, traces.compression), (false, Protocol::HttpProtobuf, Compression::Gzip));
    assert_eq!(traces.client_certificate, Some(("client.pem".into(), "client.key".into())));
    let metrics = settings.otlp.metrics.as_ref().unwrap();
    assert_eq!((metrics.is_signal_url, metrics.protocol, metrics.compression), (true, Protocol::Grpc, Compression::None));
    assert_eq!((metrics.timeout, metrics.headers[1].1.expose()), (Duration::from_millis(1_500), "other"));
    assert_eq!(metrics.certificate, Some("ca.pem".into()), "what a signal does not say is that of all");
}

#[test]
fn what_has_a_short_form_may_be_said_shortly() {
    let settings =
        sound("llm_span: {sampler: never, sinks: {console: true, sqlite: t.db, otlp: \"collector:4317\", prometheus: true}}");
    assert_eq!(settings.sampler, Sampler::Never);
    assert_eq!(settings.sqlite.as_ref().unwrap().path, PathBuf::from("t.db"));
    assert_eq!(urls(&settings), [Some("https://collector:4317"); 3]);
    assert!(settings.prometheus.as_ref().unwrap().listen.is_none());
    assert_eq!(
        urls(&sound("llm_span: {sinks: {otlp: {logs: false, insecure: true, endpoint: \"c:4317\"}}}")),
        [Some("http://c:4317"), Some("http://c:4317"), None]
    );
    let names = sound("llm_span: {contracts: none, metric_sets: \"none\", findings: off, logs: {format: off, filter: off}}");
    assert_eq!((names.contracts, names.metric_sets), (Contracts::none(), Some(MetricSets::default())));
    assert_eq!((names.findings, names.logs.format), (FindingsSetting::Off, Some(LogFormat::Off)));
    let names = sound("llm_span: {contracts: default, metric_sets: \"gen_ai, amtp\", findings: false}");
    assert_eq!((names.contracts, names.findings), (Contracts::default(), FindingsSetting::Off));
    assert_eq!(names.metric_sets, Some(MetricSets::named(["gen_ai", "amtp"]).unwrap()));
}

#[test]
fn a_shorter_queue_has_batches_that_fit() {
    let queue = sound("llm_span: {queue: {capacity: 100}}").queue;
    assert_eq!((queue.capacity, queue.batch), (100, 100));
}
