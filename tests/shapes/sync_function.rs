use std::panic::{AssertUnwindSafe, catch_unwind};

use llm_span::{Outcome, llm_span, testing};

use crate::{
    ends::{assert_ended, assert_open, assert_tokens},
    items::{Answer, Overloaded, Tried},
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn ask(answer: impl FnOnce() -> Tried<Answer>) -> Tried<Answer> {
    answer()
}

#[test]
fn tokens() {
    let calls = testing::capture();
    assert_eq!(ask(|| Ok(Answer)), Ok(Answer));
    assert_tokens(&calls);
}

/// It can't be cancelled.
#[test]
fn outcome() {
    let calls = testing::capture();
    assert_eq!(ask(|| Ok(Answer)), Ok(Answer));
    assert_ended(&calls, Outcome::Ok);

    let calls = testing::capture();
    assert_eq!(ask(|| Err(Overloaded)), Err(Overloaded));
    assert_ended(&calls, Outcome::Error);

    let calls = testing::capture();
    assert!(catch_unwind(AssertUnwindSafe(|| ask(|| panic!("broken")))).is_err());
    assert_ended(&calls, Outcome::Panic);
}

#[test]
fn span_end() {
    let calls = testing::capture();
    let answered = ask(|| {
        assert_open(&calls);
        Ok(Answer)
    });
    assert_eq!(answered, Ok(Answer));
    assert_ended(&calls, Outcome::Ok);
}
