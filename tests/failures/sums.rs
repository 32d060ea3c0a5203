//! Sums on agents where calls end out of order: what the counters count once is added once.

use llm_span::{OpenCall, Operation, Outcome, Usage, agent, call, testing::CapturedSpan};

use crate::{
    asked::{assert_all, assert_ended},
    ledger,
};

fn chat() -> OpenCall {
    call(Operation::Chat, "openai", "gpt-4o").open()
}

#[track_caller]
fn assert_sum(agent: &CapturedSpan, input: i64, output: i64) {
    agent.assert_attribute("gen_ai.usage.input_tokens", input);
    agent.assert_attribute("gen_ai.usage.output_tokens", output);
}

#[test]
fn a_call_that_ends_after_the_one_that_passes_its_usage_on_is_added_once() {
    let (ledger, calls) = ledger::open();
    let mut agent = agent("tutor").sum_of_children().open();
    let mut outer = agent.in_scope(chat);
    let inner = outer.in_scope(chat);
    outer.succeed(Usage::new(10, 5));
    inner.succeed(Usage::new(10, 5));
    agent.succeed(());
    assert_sum(&calls.all()[0], 10, 5);
    assert_all(&ledger, &calls, Outcome::Ok, (10, 5));
}

#[test]
fn a_call_whose_last_attempt_failed_is_added_once() {
    let (ledger, calls) = ledger::open();
    let mut agent = agent("tutor").sum_of_children().open();
    let mut outer = agent.in_scope(chat);
    outer.in_scope(chat).succeed(Usage::new(10, 5));
    let loser = outer.in_scope(chat);
    loser.handle().record_usage(Usage::new(10, 1));
    drop(loser);
    outer.succeed(Usage::new(10, 5));
    agent.succeed(());
    assert_sum(&calls.all()[0], 20, 6);
    assert_ended(&ledger, &calls, (20, 6));
}

#[test]
fn an_agent_below_an_agent_hands_on_what_was_used_below_it_once() {
    let (ledger, calls) = ledger::open();
    let mut outer = agent("outer").sum_of_children().open();
    let mut inner = outer.in_scope(|| agent("inner").sum_of_children().open());
    inner.in_scope(chat).succeed(Usage::new(10, 5));
    inner.in_scope(chat).fail(&std::fmt::Error);
    inner.succeed(());
    outer.in_scope(chat).succeed(Usage::new(1, 1));
    outer.succeed(());
    assert_sum(&calls.all()[0], 11, 6);
    assert_sum(&calls.all()[1], 10, 5);
    assert_ended(&ledger, &calls, (11, 6));
}
