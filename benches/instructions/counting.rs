//! Has gungraun count all cases, and reads what it tells.

use std::{
    collections::BTreeMap,
    env,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{cases::CALLS, machine::Tools};

/// Instructions a call, by the name of the case.
pub(crate) type Counts = BTreeMap<String, u64>;

/// Runs this program again, as gungraun's.
pub(crate) fn counts(tools: &Tools) -> Result<Counts, String> {
    let this = env::current_exe().map_err(|error| format!("this program is not to be found: {error}"))?;
    let folder = tools.runner.parent().map(ToOwned::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(folder.into_iter().chain(env::split_paths(&path))).map_err(|error| error.to_string())?;
    let output = Command::new(this)
        .args(["--bench", "--output-format=json", "--nosummary=true", "--parallel=auto"])
        .env("PATH", path)
        .env("GUNGRAUN_VALGRIND_BIN", &tools.valgrind)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("this program does not run again: {error}"))?;
    if !output.status.success() {
        return Err(format!("gungraun has failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let told = String::from_utf8_lossy(&output.stdout);
    let counts = told.lines().filter(|line| line.starts_with('{')).map(count).collect::<Result<Counts, _>>()?;
    if counts.is_empty() { Err(format!("gungraun has counted nothing:\n{told}")) } else { Ok(counts) }
}

/// Of one case, as gungraun tells it in a line of JSON.
fn count(line: &str) -> Result<(String, u64), String> {
    let unknown = || format!("gungraun tells in another form than it did: {line}");
    let told: Value = serde_json::from_str(line).map_err(|_| unknown())?;
    let name = told.get("id").and_then(Value::as_str).ok_or_else(unknown)?;
    // Beside it stands what an earlier run has counted, if there was one.
    let instructions =
        told.pointer("/profiles/0/data/total/metrics/Ir/values/new").and_then(Value::as_u64).ok_or_else(unknown)?;
    Ok((name.to_owned(), (instructions + CALLS / 2) / CALLS))
}
