//! This test binary, run as another program.

use std::{
    env,
    fmt::Write as _,
    process::{Command, Output, Stdio},
    time::Duration,
};

use crate::programs;

/// Says which program this process is.
const PROGRAM: &str = "PIPELINE_EVENTS_PROGRAM";
/// What the harness of tests writes before a program begins.
const PROLOGUE: &str = "running 1 test\n";

/// What the others run as a process of its own.
#[test]
#[ignore = "run by the other tests, as a process of its own"]
fn program() {
    let Ok(name) = env::var(PROGRAM) else { return };
    programs::run(&name);
    // Before the harness writes what became of this test.
    std::process::exit(0);
}

/// That program, to be spawned.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this binary"));
    // On several threads the harness names a test after it has ended.
    command.args(["process::program", "--exact", "--ignored", "--test-threads=2"]).env(PROGRAM, program);
    command.env_remove("NO_COLOR").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same as a line for a shell.
pub(crate) fn shell_line(program: &str) -> String {
    let command = command(program);
    let mut line = format!("{PROGRAM}={program} '{}'", command.get_program().display());
    for argument in command.get_args() {
        let _ = write!(line, " '{}'", argument.display());
    }
    line
}

/// What it writes on standard output and standard error.
pub(crate) fn written(program: &str) -> (String, String) {
    of(&command(program).output().expect("it runs"))
}

/// What a program has written that ended well.
pub(crate) fn of(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    (without_prologue(&stdout), stderr)
}

/// A terminal ends lines by two characters.
fn without_prologue(stdout: &str) -> String {
    let stdout = stdout.replace("\r\n", "\n");
    stdout.split_once(PROLOGUE).map_or(stdout.clone(), |(_, program)| program.to_owned())
}

/// Longer than any machine takes; whoever waits for so long has found a fault.
pub(crate) const LONG: Duration = Duration::from_secs(60);
