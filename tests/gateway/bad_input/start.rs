//! What is told at the start is wrong: the gateway says where, what was expected, what to do, and ends.

use std::net::TcpListener;

use llm_span_examples::provider::Provider;

use crate::process::{Ended, Setup};

/// It has ended by that, and says so in a few lines.
fn refuses(ended: &Ended, code: i32, says: &[&str]) {
    let told = &ended.stderr;
    assert_eq!(ended.status.code(), Some(code), "{says:?}: {ended:?}");
    for word in says {
        assert!(told.contains(word), "{word}: {ended:?}");
    }
    let is_panic = ["panicked", "RUST_BACKTRACE", ".rs:", "called `"].iter().any(|word| told.contains(word));
    assert!(!is_panic && told.lines().count() < 12, "{told}");
    assert!(!told.contains("s3cret"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_that_are_wrong_end_it_with_what_was_expected() {
    let provider = Provider::start().await.unwrap();
    let end = |arguments: [&str; 2]| Setup::without_config().arguments(arguments).launch(&provider).end();
    for (arguments, says) in [
        (["--confg", "a.yaml"], "--config"),
        (["--store", "redis://host"], "sqlite:FILE"),
        (["--rate-limit", "0"], "--rate-limit"),
        (["--workers", "65"], "1..=64"),
        (["--workers", "2"], "--store sqlite:PATH"),
        (["-grace", "never"], "expected a number of seconds"),
    ] {
        refuses(&end(arguments), 2, &[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_wrong_end_it_with_their_place() {
    let provider = Provider::start().await.unwrap();
    let end = |setup: Setup| setup.launch(&provider).end();
    for (config, says) in [
        ("observability:\n  metrics: {enabled: perhaps}", "config.yaml:2:22"),
        ("observability: [\n", "config.yaml:"),
        ("observability:\n\ttracing: {}", "config.yaml:2"),
        ("telemetry: {enabled: true, otlp_endpoint: 'ftp://u:s3cret@host'}", "config.yaml:1"),
        ("llm_spam: {}\nllm-span: {}", "config.yaml:2"),
    ] {
        refuses(&end(Setup::with_config(config)), 1, &[says]);
    }
    refuses(&end(Setup::without_config().arguments(["--config", "missing.yaml"])), 1, &["missing.yaml"]);
    let keys = |text| end(Setup::without_config().file("keys.txt", text).arguments(["--api-keys", "keys.txt"]));
    refuses(&keys("front: s3cret?\n"), 1, &["keys.txt: line 1", "expected a key"]);
    refuses(&keys("# none\n"), 1, &["keys.txt", "leave out the file"]);
    refuses(&end(Setup::without_config().arguments(["--api-keys", "."])), 1, &["keys of .", "expected a text file"]);
    let store = Setup::without_config().file("notes.db", &"no database, but long enough to be one\n".repeat(100));
    refuses(&end(store.arguments(["--store", "sqlite:notes.db"])), 1, &["notes.db"]);
    let below_a_file = Setup::with_config("").arguments(["--store", "sqlite:config.yaml/gateway.db"]);
    refuses(&end(below_a_file), 1, &["config.yaml/gateway.db"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_that_are_wrong_end_it_with_their_name() {
    let provider = Provider::start().await.unwrap();
    for (name, value) in [
        ("OTEL_TRACES_SAMPLER_ARG", "much"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://u:s3cret@host"),
        ("LLM_SPAN_CONFIG", "missing.yaml"),
        ("GATEWAY_WORKER", "first"),
    ] {
        let setup = Setup::without_config().variable(name, value).variable("OTEL_TRACES_SAMPLER", "traceidratio");
        let says = if name == "LLM_SPAN_CONFIG" { value } else { name };
        refuses(&setup.launch(&provider).end(), 1, &[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_another_has_is_told_with_a_remedy() {
    let provider = Provider::start().await.unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let taken = Setup::without_config().at(address);
    refuses(&taken.launch(&provider).end(), 1, &[&address.to_string(), "choose another port"]);
    let several = Setup::without_config().at(address).arguments(["--workers", "2", "--store", "sqlite:gateway.db"]);
    refuses(&several.launch(&provider).end(), 1, &[&address.to_string(), "choose another port"]);
}
