//! The example `pipeline`, with the files beside it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::{
    built,
    process::{Ended, Running, Setup},
};

fn example() -> &'static Path {
    static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLE.get_or_init(|| built::example("pipeline"))
}

fn start(file: Option<&str>, arguments: &[&str]) -> (Setup, Running) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline");
    let setup = Setup::new(&file.map(|file| fs::read_to_string(folder.join(file)).unwrap()).unwrap_or_default());
    let mut command = setup.command(example());
    if file.is_some() {
        command.args(["--config", "config.yaml"]);
    }
    let running = Running::start(command.args(arguments), true);
    (setup, running)
}

fn run(file: Option<&str>) -> (Setup, Ended) {
    let (setup, running) = start(file, &[]);
    let ended = running.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    (setup, ended)
}

/// Of four calls one fails.
fn answers(ended: &Ended) {
    let count = |message: &str| {
        let [readable, json] = [format!("] {message} "), format!("\"msg\":\"{message}\"")];
        ended.stdout.lines().filter(|line| line.contains(&readable) || line.contains(&json)).count()
    };
    assert_eq!((count("answered"), count("no answer")), (3, 1), "{ended:?}");
}

#[test]
fn the_console_shows_it_where_nothing_is_said() {
    let (_, ended) = run(None);
    answers(&ended);
    assert!(ended.stderr.contains("on standard output"), "{ended:?}");
    for part in ["GET /answer", "llm.completion", "answer_words"] {
        assert!(ended.stdout.contains(part), "{part}: {ended:?}");
    }
}

#[test]
fn its_own_file() {
    let (setup, ended) = run(Some("own.yaml"));
    answers(&ended);
    assert!(ended.stderr.contains("/metrics"), "{ended:?}");
    let file = rusqlite::Connection::open(setup.path("telemetry.db")).unwrap();
    let count = |query: &str| file.query_row(query, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM spans WHERE name = 'chat gpt-4o'"), 3);
    assert_eq!(count("SELECT count(*) FROM metrics WHERE metric = 'answer_words'"), 4);
}

#[test]
fn the_gateways_file_names_calls_and_scopes() {
    let (_, ended) = run(Some("llm-gateway.yaml"));
    answers(&ended);
    assert_eq!((ended.spans("provider.generate"), ended.spans("provider.generate_stream")), (2, 2), "{ended:?}");
    let count = |scope| ended.stdout.lines().filter(|line| line.contains(scope)).count();
    assert_eq!((count("twinkle.server.Gateway"), count("twinkle.server.Model")), (4, 4), "{ended:?}");
}

#[test]
fn the_files_of_twinkle_and_llama_stack() {
    for file in ["twinkle.yaml", "llama-stack.yaml"] {
        let (_, ended) = run(Some(file));
        answers(&ended);
        assert!(ended.stdout.contains("telemetry started"), "{ended:?}");
    }
}

#[test]
#[cfg(unix)]
fn it_ends_gracefully_when_it_is_told_to() {
    let (_setup, mut running) = start(Some("llm-gateway.yaml"), &["--calls", "1", "--stay"]);
    running.wait_for("http://127.0.0.1:");
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains("\"signal\":\"SIGTERM\""), "{ended:?}");
}

#[test]
fn a_wrong_option_is_told() {
    let (_setup, running) = start(None, &["--help"]);
    let ended = running.end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("usage: pipeline [--config FILE]"), "{ended:?}");
}
