//! Retries: each attempt is a call below the call, which says how it ended at last; what was used is counted once.

use llm_span::{Outcome, Usage, llm_span, record_usage};

use crate::{
    asked::{Answer, Overloaded, assert_ended},
    ledger,
};

/// What an attempt has used before it fails, or its answer.
type Attempt = Result<Answer, Option<Answer>>;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
async fn attempt(comes_to: Attempt) -> Result<Answer, Overloaded> {
    tokio::task::yield_now().await;
    comes_to.map_err(|used| {
        if let Some((prompt, completion)) = used {
            record_usage(Usage::new(prompt, completion));
        }
        Overloaded
    })
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
async fn retry(attempts: &[Attempt]) -> Result<Answer, Overloaded> {
    for comes_to in attempts {
        if let Ok(answer) = attempt(*comes_to).await {
            return Ok(answer);
        }
    }
    Err(Overloaded)
}

#[tokio::test]
async fn each_attempt_is_a_child_and_the_outer_call_says_how_it_ended() {
    let (ledger, calls) = ledger::open();
    retry(&[Err(None), Err(None), Ok((128, 64))]).await.unwrap();
    let outer = &calls.all()[0];
    outer.assert_outcome(Outcome::Ok);
    outer.assert_attribute("llm.tokens.total", 192);
    let outcomes: Vec<_> = outer.children().iter().map(|attempt| attempt.outcome().unwrap()).collect();
    assert_eq!(outcomes, [Outcome::Error, Outcome::Error, Outcome::Ok]);
    calls.assert_contract();
    assert_ended(&ledger, &calls, (128, 64));
}

#[tokio::test]
async fn an_attempt_that_fails_after_it_has_used_tokens_is_counted() {
    let (ledger, calls) = ledger::open();
    retry(&[Err(Some((100, 7))), Ok((128, 64))]).await.unwrap();
    assert_eq!(calls.all()[0].tokens().unwrap().total, 192);
    assert_ended(&ledger, &calls, (228, 71));
}

#[tokio::test]
async fn a_retry_that_gives_up_has_failed_and_its_attempts_are_counted() {
    let (ledger, calls) = ledger::open();
    retry(&[Err(Some((100, 7))), Err(Some((100, 3)))]).await.unwrap_err();
    let outer = &calls.all()[0];
    outer.assert_outcome(Outcome::Error);
    outer.assert_attribute("error.type", "Overloaded");
    assert_eq!(outer.tokens(), None);
    assert_ended(&ledger, &calls, (200, 10));
}

#[tokio::test]
async fn a_retry_that_reports_the_sum_of_its_attempts_is_counted_once() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
    async fn all() -> Result<Answer, Overloaded> {
        attempt(Err(Some((100, 7)))).await.unwrap_err();
        let (prompt, completion) = attempt(Ok((128, 64))).await?;
        Ok((prompt + 100, completion + 7))
    }

    let (ledger, calls) = ledger::open();
    all().await.unwrap();
    assert_ended(&ledger, &calls, (228, 71));
}

#[tokio::test]
async fn a_retry_that_falls_back_on_an_earlier_answer_is_counted_once() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
    async fn better() -> Result<Answer, Overloaded> {
        let first = attempt(Ok((128, 64))).await?;
        Ok(attempt(Err(Some((100, 7)))).await.unwrap_or(first))
    }

    let (ledger, calls) = ledger::open();
    better().await.unwrap();
    assert_ended(&ledger, &calls, (228, 71));
}

#[tokio::test]
async fn a_retry_that_is_given_up_keeps_what_its_attempts_used() {
    let (ledger, calls) = ledger::open();
    let attempts = [Err(Some((100, 7))), Ok((128, 64))];
    let mut retry = crate::asked::begun(retry(&attempts));
    // The first attempt fails, the second one waits.
    assert!(futures_util::poll!(retry.as_mut()).is_pending());
    drop(retry);
    let outcomes: Vec<_> = calls.all().iter().map(|call| call.outcome().unwrap()).collect();
    assert_eq!(outcomes, [Outcome::Cancelled, Outcome::Error, Outcome::Cancelled]);
    assert_ended(&ledger, &calls, (100, 7));
}
