//! Examples as programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// A program that stands where examples do.
const NEIGHBOUR: &str = env!("CARGO_BIN_EXE_pipeline_program");

/// Where an example is. Cargo builds examples with all tests; where one test alone is asked for, the example may be of yesterday, or missing, and is
/// built.
pub(crate) fn example(name: &str) -> PathBuf {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(NEIGHBOUR).parent().unwrap();
    let example = folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = ["contract/src", "macros/src", "layer/src", "examples"].map(|folder| newest(&workspace.join(folder)));
    if fs::metadata(&example).map_or(true, |built| built.modified().unwrap() < sources.into_iter().max().unwrap()) {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--offline", "--package", env!("CARGO_PKG_NAME"), "--example", name]);
        build.arg("--target-dir").arg(folder.parent().unwrap()).current_dir(workspace);
        // What the Cargo around this test has set is not meant for this one: build scripts that heed it would run again, by turns.
        for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
            build.env_remove(variable);
        }
        build.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_LINKS").env_remove("CARGO_MANIFEST_PATH");
        assert!(build.status().unwrap().success());
    }
    example
}

/// When the last of a folder's files was changed.
fn newest(folder: &Path) -> SystemTime {
    let of = |entry: fs::DirEntry| {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() { newest(&entry.path()) } else { metadata.modified().unwrap() }
    };
    fs::read_dir(folder).unwrap().map(|entry| of(entry.unwrap())).max().unwrap_or(SystemTime::UNIX_EPOCH)
}
