//! What counts depend on, and what counts them.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The programs that count.
pub(crate) struct Tools {
    pub(crate) runner: PathBuf,
    pub(crate) valgrind: PathBuf,
}

impl Tools {
    /// Those on the PATH, else those that `.ci/install-callgrind` has put into the target folder.
    pub(crate) fn find() -> Result<Self, &'static str> {
        let installed = target().map(|folder| folder.join("callgrind/bin"));
        let find = |name: &str| {
            let beside = installed.iter().map(|folder| folder.join(name));
            std::iter::once(PathBuf::from(name)).chain(beside).find(|program| runs(program))
        };
        Ok(Self { valgrind: find("valgrind").ok_or("there is no Valgrind")?, runner: runner(installed.as_deref())? })
    }
}

/// The runner has to be of the very version of the crate.
fn runner(installed: Option<&Path>) -> Result<PathBuf, &'static str> {
    let beside = installed.map(|folder| folder.join("gungraun-runner"));
    let on_the_path = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let mut all = beside.into_iter().chain(on_the_path.map(|folder| folder.join("gungraun-runner")));
    all.find(|program| runs(program)).ok_or("there is no `gungraun-runner`")
}

/// The target folder: this program is in `<profile>/deps` of it.
fn target() -> Option<PathBuf> {
    Some(env::current_exe().ok()?.ancestors().nth(3)?.to_path_buf())
}

fn runs(program: &Path) -> bool {
    let mut command = Command::new(program);
    let command = command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Compiler, C library and processor: with others the same source takes other instructions.
pub(crate) fn described() -> Result<String, String> {
    let compiler = first_line(Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("--version"))
        .ok_or("`rustc --version` told nothing")?;
    let library = first_line(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_else(|| "another C library".to_owned());
    Ok(format!("{compiler}, {library}, {}", env::consts::ARCH))
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}
