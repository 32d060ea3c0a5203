//! Programs that tests use where they are there.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Mutex,
};

/// `hey`, a load generator: the one that `HEY` names, else the one that `.ci/install-load-tools` has unpacked, else the one on the `PATH`.
pub(crate) fn hey() -> Option<PathBuf> {
    find("HEY", "hey", &[], "run `bash .ci/install-load-tools`, or set HEY")
}

/// `wrk`, another one, found likewise.
pub(crate) fn wrk() -> Option<PathBuf> {
    find("WRK", "wrk", &[], "run `bash .ci/install-load-tools`, or set WRK")
}

pub(crate) fn curl() -> Option<PathBuf> {
    find("CURL", "curl", &["--help"], "install it, or set CURL")
}

/// A command line of the document, by the program that it begins with. The gateway listens elsewhere than there.
pub(crate) fn run(program: &Path, line: &str, gateway: &str) -> Output {
    let line = line.replace("http://localhost:8080", gateway);
    let (name, arguments) = line.trim_start().split_once(' ').unwrap();
    assert_eq!(Some(name.as_ref()), program.file_stem());
    // Variables of the machine that name a proxy are not meant for it.
    let script = format!("'{}' {arguments}", program.display());
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{line}\n{output:?}");
    output
}

/// Where it is missing it is said that tests are skipped, past the harness, which hides what a test prints that passes.
fn find(variable: &str, name: &'static str, arguments: &[&str], help: &str) -> Option<PathBuf> {
    static SAID: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    if let Some(named) = env::var_os(variable).filter(|named| !named.is_empty()) {
        assert!(runs(&named, arguments), "{variable} says `{}`, which does not run", named.display());
        return Some(named.into());
    }
    // Beside the folder that cargo has made for what tests write.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let found =
        [target.join("load-tools").join(name), name.into()].into_iter().find(|program| runs(program.as_os_str(), arguments));
    let mut said = SAID.lock().unwrap();
    if found.is_none() && !said.contains(&name) {
        said.push(name);
        // Where nobody reads it nothing is lost.
        let _ = writeln!(io::stderr(), "a test of the gateway is SKIPPED: there is no {name}; {help}");
    }
    found
}

/// Asked for nothing, or for help, each tells how it is used.
fn runs(program: &OsStr, arguments: &[&str]) -> bool {
    let told = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    told.is_ok_and(|told| {
        [told.stdout, told.stderr].iter().any(|text| String::from_utf8_lossy(text).to_lowercase().contains("usage:"))
    })
}
