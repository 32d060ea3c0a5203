//! Findings of a program that ends right after them are written all the same: its global subscriber is never dropped.
//!
//! Without the harness of tests, since it is about `main`. It runs itself.

use std::{
    env,
    process::{self, Command},
};

use llm_span::{LlmLayer, Operation, Usage, call};
use tracing_subscriber::prelude::*;

fn main() {
    match env::args().nth(1).as_deref() {
        Some("return") => break_the_contract(),
        Some("exit") => {
            break_the_contract();
            process::exit(0);
        }
        _ if cfg!(unix) => ["return", "exit"].into_iter().for_each(|end| (0..10).for_each(|_| runs(end))),
        _ => {}
    }
}

fn break_the_contract() {
    tracing_subscriber::registry().with(LlmLayer::default()).init();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
}

fn runs(end: &str) {
    let program = env::current_exe().and_then(|program| Command::new(program).arg(end).output());
    let stderr = program.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    assert_eq!(stderr.matches("\"missing-attribute\"").count(), 5, "{end}: {stderr}");
}
