//! A failing assertion is located at the line of the test that makes it. The panic hook, which tells, is the process's.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::{
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::Mutex,
};

use llm_span::{Operation, Outcome, Usage, call, testing::capture};

static BLAMED: Mutex<Option<(String, u32)>> = Mutex::new(None);

fn blamed(assertion: impl FnOnce()) -> (String, u32) {
    catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion should not hold");
    BLAMED.lock().expect("it is not poisoned").take().expect("the hook has run")
}

#[track_caller]
fn here() -> (String, u32) {
    (Location::caller().file().to_owned(), Location::caller().line())
}

#[test]
fn an_assertion_blames_the_line_that_makes_it() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| (place.file().to_owned(), place.line()));
        *BLAMED.lock().expect("it is not poisoned") = place;
    }));
    let calls = capture();
    assert_eq!(blamed(|| calls.assert_contract()), here());
    assert_eq!(blamed(|| drop(calls.only())), here());
    assert_eq!(blamed(|| drop(calls.span("x"))), here());
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(1, 2));
    let span = calls.only();
    assert_eq!(blamed(|| calls.assert_no_calls()), here());
    assert_eq!(blamed(|| span.assert_attribute("llm.model", 1)), here());
    assert_eq!(blamed(|| span.assert_no_attribute("llm.model")), here());
    assert_eq!(blamed(|| span.assert_outcome(Outcome::Error)), here());
    assert_eq!(blamed(|| span.assert_parent("x")), here());
    assert_eq!(blamed(|| span.assert_child_of(&span)), here());
    drop(std::panic::take_hook());
}
