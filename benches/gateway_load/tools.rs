//! The programs that take part: the gateway, built as this program is, and `wrk`.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::Failure;

pub(crate) struct Tools {
    pub(crate) gateway: PathBuf,
    pub(crate) wrk: PathBuf,
}

impl Tools {
    pub(crate) fn find() -> Result<Self, Failure> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("there is no workspace")?;
        Ok(Self { gateway: gateway(target, workspace)?, wrk: wrk(target, workspace)? })
    }
}

/// Cargo builds no examples for a bench.
fn gateway(target: &Path, workspace: &Path) -> Result<PathBuf, Failure> {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--profile", "bench", "--package", env!("CARGO_PKG_NAME"), "--example", "gateway"]);
    build.arg("--target-dir").arg(target).current_dir(workspace);
    // What the Cargo around this bench has set is not meant for this one: build scripts that heed it would run again, by turns.
    for (variable, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        build.env_remove(variable);
    }
    build.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_LINKS").env_remove("CARGO_MANIFEST_PATH");
    if !build.status()?.success() {
        return Err("the gateway was not built".into());
    }
    Ok(target.join("release/examples/gateway").with_extension(env::consts::EXE_EXTENSION))
}

/// The one that `WRK` names, else the one that `.ci/install-load-tools` unpacks, else the one on the `PATH`.
fn wrk(target: &Path, workspace: &Path) -> Result<PathBuf, Failure> {
    let unpacked = target.join("load-tools/wrk");
    let named = env::var_os("WRK").filter(|named| !named.is_empty()).map(PathBuf::from);
    let find = || named.iter().chain([&unpacked, &PathBuf::from("wrk")]).find(|program| runs(program.as_os_str())).cloned();
    if let Some(found) = find() {
        return Ok(found);
    }
    Command::new("bash").arg(workspace.join(".ci/install-load-tools")).env("CARGO_TARGET_DIR", target).status()?;
    find().ok_or_else(|| "there is no `wrk`; install it, or set WRK to where it is".into())
}

/// Asked for nothing it tells how it is used.
fn runs(program: &OsStr) -> bool {
    let told = Command::new(program).stdin(Stdio::null()).output();
    told.is_ok_and(|told| [told.stdout, told.stderr].iter().any(|text| String::from_utf8_lossy(text).contains("Usage:")))
}
