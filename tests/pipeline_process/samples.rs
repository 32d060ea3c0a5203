//! The files of the documents start the pipeline as they stand.

use std::{fs, path::Path};

use crate::process::{Ended, Setup};

/// Starts a program with a file of the folder `samples`.
fn start(file: &str) -> Ended {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pipeline_process/samples").join(file);
    let setup = Setup::new(&fs::read_to_string(file).unwrap());
    // Nothing listens at the endpoints: the end is not to wait for them.
    let ended = setup.run("multi_thread", "return", 10);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    ended
}

fn has(ended: &Ended, parts: &[&str]) {
    let line = ended.stdout.lines().find(|line| line.contains("telemetry started"));
    let line = line.unwrap_or_else(|| panic!("{ended:?}"));
    for part in parts {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn the_gateways_file_with_an_endpoint_without_a_scheme() {
    let ended = start("llm-gateway.yaml");
    has(&ended, &["llm-gateway", "http://localhost:4317", "grpc", "/metrics", "probability 0.1"]);
}

#[test]
fn the_gateways_file_with_spans_on_standard_output() {
    let ended = start("llm-gateway-stdout.yaml");
    has(&ended, &["llm-gateway", "JSON spans", "/metrics", "always"]);
    assert_eq!((ended.spans("work"), ended.spans("provider.generate")), (10, 1), "{ended:?}");
}

#[test]
fn twinkles_file() {
    has(&start("twinkle.yaml"), &["twinkle-server", "http://localhost:4317", "grpc"]);
}

/// It names a file that may be made on some machines only.
#[test]
fn llama_stacks_file() {
    let folder = Path::new("/path");
    let was_there = folder.exists();
    let ended = start("llama-stack.yaml");
    has(&ended, &["llama-stack-service", "console", "http://localhost:4318"]);
    if folder.join("to/telemetry.db").exists() {
        assert!(!ended.stdout.contains("could not be set up"), "{ended:?}");
    } else {
        assert!(ended.stdout.contains("could not be set up") && ended.stdout.contains("/path/to"), "{ended:?}");
    }
    if !was_there {
        let _ = fs::remove_dir_all(folder);
    }
}
