//! Sinks of a program of its own: each test runs this binary anew, with itself as the only test.
//!
//! What is written when `main` returns is shown by `examples/findings_at_exit.rs`, which has a `main`.

use std::{
    env,
    process::{self, Command},
    time::Duration,
};

use llm_span::{CountFindings, FindingSink, FindingsSetting, LlmLayer, LogFindings, Operation, Usage, call};
use tracing_subscriber::prelude::*;

const CHILD: &str = "LLM_SPAN_TEST_CHILD";

fn is_program() -> bool {
    env::var_os(CHILD).is_some()
}

/// What this test wrote to standard error as a program.
fn as_program(test: &str) -> String {
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", &format!("at_exit::{test}"), "--nocapture"]);
    let output = program.env(CHILD, "1").env("LLM_SPAN_FINDINGS", "count").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn install_and_break_the_contract(sink: impl FindingSink) {
    tracing_subscriber::registry().with(LlmLayer::builder().findings(sink).build()).init();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
}

#[test]
fn a_flush_of_all_reaches_the_sink_of_a_global_subscriber() {
    if is_program() {
        install_and_break_the_contract(LogFindings::default());
        assert!(LogFindings::flush_all(Duration::from_secs(10)));
        process::exit(0);
    }
    for _ in 0..10 {
        let text = as_program("a_flush_of_all_reaches_the_sink_of_a_global_subscriber");
        assert_eq!(text.matches("missing-attribute").count(), 5, "{text}");
    }
}

#[test]
fn what_is_counted_as_the_environment_says_can_be_read() {
    if is_program() {
        let sink = FindingsSetting::from_env().unwrap().sink();
        install_and_break_the_contract(sink.clone());
        assert_eq!(sink.counts().map(CountFindings::total), Some(5));
    } else {
        as_program("what_is_counted_as_the_environment_says_can_be_read");
    }
}
