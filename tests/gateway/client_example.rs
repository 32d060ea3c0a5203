//! The example `gateway_client`, as a process in front of a gateway.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Command, Output, Stdio},
};

use llm_span::store::Store;
use llm_span_examples::provider::Provider;

use crate::{built, collector::Collector, configs, process::Setup};

/// Runs it to its end.
async fn run(variables: &[(&str, String)], arguments: &[&str]) -> Output {
    let mut command = Command::new(built::example("gateway_client"));
    command.env_clear().envs(variables.iter().map(|(name, value)| (name, value))).args(arguments).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_trace_that_the_client_prints_is_found_in_the_gateways_lines_and_rows_below_the_clients_spans() {
    let (provider, collector, of_client) = (Provider::start().await.unwrap(), Collector::start(), Collector::start());
    let setup = Setup::with_config(&configs::of_jaeger(&collector)).variable("LLM_SPAN_SQLITE_PATH", "telemetry.db");
    let gateway = setup.start(&provider);
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", of_client.url()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc".to_owned())];
    let output = run(&variables, &["--gateway", &gateway.url("")]).await;
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let is_id = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let traces: BTreeSet<&str> = printed.split_whitespace().filter(is_id).collect();
    assert!(traces.len() >= 6, "{printed}");

    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let sent = of_client.received().spans();
    let spans_of_client: BTreeMap<String, String> = sent.iter().map(|span| (hex(&span.span_id), hex(&span.trace_id))).collect();
    let store = Store::open(ended.path("telemetry.db")).unwrap();
    let lines = ended.lines_of("request served");
    for trace in &traces {
        assert!(lines.iter().any(|(_, line)| line["trace_id"] == *trace), "{trace} is in no line");
        assert!(store.trace(trace).unwrap().is_some(), "{trace} is in no row");
    }
    let served = collector.received().spans();
    let served: Vec<_> = served.iter().filter(|span| span.kind == 2).collect();
    assert!(served.len() >= traces.len(), "{served:?}");
    for span in served {
        // A server's span is the child of a client's.
        assert_eq!(spans_of_client.get(&hex(&span.parent_span_id)), Some(&hex(&span.trace_id)), "{span:?}");
        assert!(traces.contains(&*hex(&span.trace_id)), "{span:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_no_gateway_the_client_says_what_to_do() {
    // Nobody listens where somebody did a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = run(&[], &["--gateway", &format!("http://{address}")]).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("can't be reached") && told.contains("cargo run --example gateway"), "{told}");
    assert!(!told.contains("panicked") && told.lines().count() < 5, "{told}");

    let output = run(&[], &["--gateway", "mailto:somebody"]).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("expected `http://HOST:PORT`"), "{told}");
}
