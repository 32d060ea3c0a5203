//! Where Prometheus' programs are.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Once,
};

/// Prometheus, and the tool that checks what it is to scrape.
pub(crate) struct Programs {
    pub(crate) prometheus: PathBuf,
    pub(crate) promtool: PathBuf,
}

impl Programs {
    /// Those that `PROMETHEUS` and `PROMTOOL` name, else those that `.ci/install-prometheus` has unpacked, else those on the `PATH`.
    /// Where one is missing it is said that the test is skipped, past the harness, which hides what a test prints that passes.
    pub(crate) fn find() -> Option<Self> {
        static SAID: Once = Once::new();
        let found = find("PROMETHEUS", "prometheus").zip(find("PROMTOOL", "promtool"));
        if found.is_none() {
            SAID.call_once(|| {
                let line = "prometheus_server is SKIPPED: there is no Prometheus; run `bash .ci/install-prometheus`, or set PROMETHEUS and PROMTOOL\n";
                // Where nobody reads it nothing is lost.
                let _ = io::stderr().write_all(line.as_bytes());
            });
        }
        found.map(|(prometheus, promtool)| Self { prometheus, promtool })
    }
}

fn find(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(named) = env::var_os(variable).filter(|named| !named.is_empty()) {
        assert!(runs(&named), "{variable} says `{}`, which does not run", named.display());
        return Some(named.into());
    }
    // Beside the folder that cargo has made for what tests write.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    [target.join("prometheus").join(name), name.into()].into_iter().find(|program| runs(program.as_os_str()))
}

fn runs(program: &OsStr) -> bool {
    let status = Command::new(program).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
