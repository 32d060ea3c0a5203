//! The example `pipeline`, with the files beside it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::SystemTime,
};

use crate::process::{Ended, PROGRAM, Running, Setup};

/// Cargo builds examples with all tests. Where this test alone is asked for, the example may be of yesterday, or missing.
fn example() -> &'static Path {
    static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let folder = Path::new(PROGRAM).parent().unwrap();
        let example = folder.join("examples").join("pipeline").with_extension(std::env::consts::EXE_EXTENSION);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sources = ["contract/src", "macros/src", "layer/src", "examples"].map(|folder| newest(&workspace.join(folder)));
        if fs::metadata(&example).map_or(true, |built| built.modified().unwrap() < sources.into_iter().max().unwrap()) {
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--quiet", "--offline", "--package", env!("CARGO_PKG_NAME"), "--example", "pipeline"]);
            build.arg("--target-dir").arg(folder.parent().unwrap()).current_dir(workspace);
            assert!(build.status().unwrap().success());
        }
        example
    })
}

/// When the last of a folder's files was changed.
fn newest(folder: &Path) -> SystemTime {
    let of = |entry: fs::DirEntry| {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() { newest(&entry.path()) } else { metadata.modified().unwrap() }
    };
    fs::read_dir(folder).unwrap().map(|entry| of(entry.unwrap())).max().unwrap_or(SystemTime::UNIX_EPOCH)
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
