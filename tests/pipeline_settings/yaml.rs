//! YAML as people and tools write it.

use crate::{read, sound};

#[test]
fn what_is_not_ours_is_the_applications() {
    let yaml = "
server: {port: 8080, tags: [!special x, {a: b, a: c}]}
telemetry_url: http://example
? [complex, key]
: value
llm_span: {service_name: chat}
";
    assert_eq!(sound(yaml).service_name, "chat");
}

#[test]
fn a_file_without_our_blocks_is_no_mistake() {
    for yaml in [
        "",
        "\n\n",
        "# a comment\n",
        "---\n",
        "---\n---\n",
        "null",
        "server: {port: 8080}",
        "telemetry:\n",
        "observability: ~\nllm_span:",
    ] {
        let settings = sound(yaml);
        assert!(settings.enabled && settings.console.is_some() && settings.prometheus.is_none(), "{yaml:?}");
    }
}

#[test]
fn a_byte_order_mark_and_the_ends_of_lines_of_windows_are_no_obstacle() {
    assert_eq!(sound("\u{feff}llm_span:\r\n  service_name: chat\r\n").service_name, "chat");
    let errors = read("\u{feff}llm_span:\r\n  servce_name: chat\r\n", &[]).unwrap_err();
    assert_eq!(errors.iter().next().unwrap().place, "config.yaml:2:3");
}

#[test]
fn anchors_aliases_and_merges_are_followed() {
    let yaml = "
x-otlp: &otlp {endpoint: http://collector:4318, timeout: 3s}
llm_span:
  sinks:
    otlp:
      <<: *otlp
      timeout: 4s
      logs: false
";
    let settings = sound(yaml);
    let traces = settings.otlp.traces.as_ref().unwrap();
    assert_eq!((traces.url.as_str(), traces.timeout.as_secs()), ("http://collector:4318", 4));
    assert!(settings.otlp.logs.is_none());
    assert_eq!(sound("a: &n chat\nllm_span: {service_name: *n}").service_name, "chat");
    assert_eq!(sound("a: &k service_name\nllm_span: {*k : chat}").service_name, "chat");
    let several = "a: &a {format: json}\nb: &b {format: text, output: stderr}\nllm_span: {logs: {<<: [*a, *b]}}";
    let logs = sound(several).logs;
    assert_eq!((logs.format, logs.output), (Some(llm_span::pipeline::LogFormat::Json), llm_span::pipeline::LogOutput::Stderr));
}

#[test]
fn nothing_said_below_a_key_leaves_the_default() {
    let settings = sound("llm_span:\n  service_name:\n  sinks:\n  logs: {format: ~}\n");
    assert!(settings.service_name.is_empty() && settings.console.is_some() && settings.logs.format.is_none());
}

#[test]
fn our_block_may_stand_in_any_document_of_the_file() {
    assert_eq!(sound("kind: other\n---\nllm_span: {service_name: chat}\n").service_name, "chat");
}

#[test]
fn a_few_aliases_do_not_fill_the_memory() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let item = format!("*a{}", level - 1);
        yaml.extend([format!("a{level}: &a{level} ["), [item.as_str(); 10].join(", "), "]\n".to_owned()]);
    }
    assert!(sound(&yaml).console.is_some(), "as long as nobody follows them");
    yaml.push_str("llm_span: {sinks: *a11}\n");
    let errors = read(&yaml, &[]).unwrap_err().to_string();
    assert!(errors.contains("values come from aliases"), "{errors}");
}

#[test]
fn a_file_may_nest_as_deep_as_it_likes_without_harm() {
    for opening in ["- ", "[", "{a: ", "? "] {
        let errors = read(&opening.repeat(200_000), &[]).unwrap_err();
        assert_eq!(errors.iter().count(), 1, "{opening}");
    }
}

#[test]
fn the_applications_aliases_are_not_followed() {
    let keys: Vec<String> = (0..60).map(|key| format!("k{key}: {key}")).collect();
    let mut yaml = format!("base: &b {{{}}}\nllm_span: {{service_name: chat}}\nself: &s [*s]\n", keys.join(", "));
    for section in 0..2_000 {
        yaml.extend([format!("section{section}: {{<<: *b, own: {section}}}\n")]);
    }
    assert_eq!(sound(&yaml).service_name, "chat");
}

#[test]
fn our_blocks_may_come_from_aliases_and_merges() {
    let base = "inner: &i {format: json}\nbase: &b\n  llm_span: {service_name: chat, logs: *i}\n";
    let settings = sound(&format!("{base}<<: *b\n"));
    assert_eq!((settings.service_name.as_str(), settings.logs.format), ("chat", Some(llm_span::pipeline::LogFormat::Json)));
    let provided =
        "t: &t [{provider_type: \"inline::meta-reference\", config: {sinks: []}}]\np: &p {telemetry: *t}\nproviders: *p\n";
    assert!(sound(provided).console.is_none());
}

#[test]
fn an_applications_own_telemetry_stands_beside_our_block() {
    for telemetry in ["{backend: datadog}", "true", "[a, b]", "text"] {
        let yaml = format!("telemetry: {telemetry}\nllm_span: {{service_name: chat}}");
        assert_eq!(sound(&yaml).service_name, "chat", "{yaml}");
    }
    assert!(read("telemetry: {enable: true, debug: true}\nllm_span: {service_name: chat}", &[]).is_err());
}

#[test]
fn a_block_that_is_almost_called_as_ours_is_told() {
    for (wrong, right) in [
        ("Observability", "observability"),
        ("llm-span", "llm_span"),
        ("llmspan", "llm_span"),
        ("observabilty", "observability"),
        ("Telemetry", "telemetry"),
    ] {
        let errors = read(&format!("server: {{port: 80}}\n{wrong}: {{enabled: true}}"), &[]).unwrap_err().to_string();
        assert!(errors.starts_with("config.yaml:2:1: ") && errors.contains(&format!("did you mean `{right}`?")), "{errors}");
        assert!(read(&format!("llm_span: {{enabled: true}}\n{wrong}: {{a: b}}"), &[]).is_ok(), "{wrong} beside one of ours");
    }
}

#[test]
fn many_keys_are_read_at_once() {
    let attributes: Vec<String> = (0..20_000).map(|key| format!("key{key}: v")).collect();
    let since = std::time::Instant::now();
    let settings = sound(&format!("llm_span: {{resource_attributes: {{{}}}}}", attributes.join(", ")));
    assert_eq!(settings.resource_attributes.len(), 20_000);
    assert!(since.elapsed() < std::time::Duration::from_secs(4), "{:?}", since.elapsed());
}
