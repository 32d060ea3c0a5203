//! Contract tests: what a capture sees, what it asserts, and when it fails.

#![allow(clippy::expect_used, clippy::panic, reason = "this is a test")]

mod absence;
mod annotated;
mod asynchronous;
mod attributes;
mod contracts;
mod hooks;
mod isolation;
mod lookup;
mod tokens;
mod trees_and_streams;

use std::panic::{AssertUnwindSafe, catch_unwind};

use llm_span::{Operation, Usage, call};

/// A call that honours the contract.
fn chat() {
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
}

/// The message an assertion panics with.
fn failure(assertion: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion should not hold");
    payload.downcast_ref::<String>().expect("a report is a string").clone()
}
