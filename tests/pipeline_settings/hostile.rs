//! Texts that nobody would write.

use proptest::prelude::*;

use crate::{read, read_variables};

/// Pieces of which YAML of ours and worse is made.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "llm_span:",
        "observability:",
        "telemetry:",
        "\n",
        "\n  ",
        "\n    ",
        "\n- ",
        "\t",
        "tracing:",
        "exporter:",
        "sampler:",
        "endpoint:",
        "sinks:",
        "otlp:",
        "headers:",
        "config:",
        "provider_type: inline::meta-reference",
        "type: probability",
        "rate: ",
        "0.5",
        "-1",
        "true",
        "\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "|",
        ">",
        "#",
        "---",
        "...",
        "%YAML 1.2",
        "${env.X",
        "}",
        "http://",
        "localhost:4317",
        "é",
        "\u{feff}",
        "\u{2028}",
        "\r",
        "🦀",
        "\0",
        "? ",
        "- ",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Each place lies within the text.
fn check(text: &str) {
    let Err(errors) = read(text, &[]) else { return };
    for error in errors.iter() {
        let place = error.place.strip_prefix("config.yaml:").unwrap_or_else(|| panic!("{error}"));
        let (line, column) = place.split_once(':').expect("line and column");
        let (line, column): (usize, usize) = (line.parse().unwrap(), column.parse().unwrap());
        let normal = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let length = normal.split(['\n', '\r']).nth(line - 1).map(|line| line.chars().count());
        assert!(length.is_some_and(|length| (1..=length + 1).contains(&column)), "{error} in {text:?}");
        assert!(!error.message.contains('\n'), "{error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_text_is_answered_by_a_panic_and_mistakes_lie_within_it(text in ".{0,80}") {
        check(&text);
    }

    #[test]
    fn nor_is_one_that_looks_like_yaml(text in pieces()) {
        check(&text);
    }

    #[test]
    fn nor_are_variables(value in ".{0,40}", index in 0..VARIABLES.len()) {
        let _ = read_variables(&[(VARIABLES[index], &value)]);
    }
}

const VARIABLES: [&str; 14] = [
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "RUST_LOG",
    "LLM_SPAN_SQLITE_MAX_AGE",
    "LLM_SPAN_SQLITE_MAX_SIZE",
    "LLM_SPAN_METRIC_SETS",
    "LLM_SPAN_PROMETHEUS_LISTEN",
    "TELEMETRY_SINKS",
];
