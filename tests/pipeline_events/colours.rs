//! Colours are for terminals.

use std::process::{Command, Stdio};

use crate::process::{of, shell_line, written};

/// What the program writes to a terminal of its own.
fn on_a_terminal(environment: &str) -> Option<String> {
    let line = format!("{environment} {}", shell_line("requests"));
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    match script.output() {
        Ok(output) => Some(of(&output).0),
        // Of util-linux; not every machine has it.
        Err(_) => None,
    }
}

#[test]
fn what_is_no_terminal_gets_no_colours() {
    assert!(!written("requests").0.contains('\u{1b}'));
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_unless_they_are_switched_off() {
    let Some(stdout) = on_a_terminal("") else { return };
    assert!(stdout.contains("\u{1b}[32m[OK]\u{1b}[0m") && stdout.contains("\u{1b}[1;31m[ERROR]\u{1b}[0m"), "{stdout}");
    for environment in ["NO_COLOR=1", "TERM=dumb"] {
        let stdout = on_a_terminal(environment).expect("it ran before");
        assert!(stdout.contains("[OK]") && !stdout.contains('\u{1b}'), "{environment}: {stdout}");
    }
}
