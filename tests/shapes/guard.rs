use std::panic::{AssertUnwindSafe, catch_unwind};

use llm_span::{CallGuard, Operation, Outcome, call, testing};

use crate::{
    ends::{assert_ended, assert_open, assert_tokens},
    items::{Answer, Overloaded, Tried},
};

fn enter() -> CallGuard {
    call(Operation::Chat, "openai", "gpt-4o").enter()
}

fn ended_by(returned: Tried<Answer>) -> testing::Calls {
    let calls = testing::capture();
    enter().finish(&returned);
    calls
}

#[test]
fn tokens() {
    assert_tokens(&ended_by(Ok(Answer)));
}

#[test]
fn outcome() {
    assert_ended(&ended_by(Ok(Answer)), Outcome::Ok);
    assert_ended(&ended_by(Err(Overloaded)), Outcome::Error);

    let calls = testing::capture();
    drop(enter());
    assert_ended(&calls, Outcome::Cancelled);

    let calls = testing::capture();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = enter();
        panic!("broken");
    }));
    assert!(panicked.is_err());
    assert_ended(&calls, Outcome::Panic);
}

#[test]
fn span_end() {
    let calls = testing::capture();
    let guard = enter();
    assert_open(&calls);
    guard.finish(&Tried::Ok(Answer));
    assert_ended(&calls, Outcome::Ok);
}
