//! Annotated functions: the report names their line.

use std::io::{Error, ErrorKind};

use llm_span::{Outcome, Usage, llm_span, testing::capture};

struct Answer {
    usage: Option<(u32, u32)>,
}

fn usage(answer: &Answer) -> Option<Usage> {
    answer.usage.map(|(prompt, completion)| Usage::new(prompt, completion))
}

const LINE: u32 = line!() + 3;

#[llm_span(operation = "chat", provider = "openai", model = model, usage = usage)]
async fn complete(model: &str, answer: Result<Answer, Error>) -> Result<Answer, Error> {
    tokio::task::yield_now().await;
    answer
}

#[tokio::test]
async fn an_annotated_function_honours_the_contract() {
    let calls = capture();
    complete("gpt-4o", Ok(Answer { usage: Some((128, 64)) })).await.expect("it succeeds");
    complete("gpt-4o", Err(ErrorKind::TimedOut.into())).await.err().expect("it fails");
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 192);
    calls.all()[1].assert_outcome(Outcome::Error);
}

#[tokio::test]
async fn one_that_reports_no_usage_is_named_by_its_line() {
    let calls = capture();
    complete("gpt-4o", Ok(Answer { usage: None })).await.expect("it succeeds");
    let report = calls.check_contract().expect_err("usage is missing").to_string();
    let place = format!("{}:{LINE} in contract_tests::annotated\n", file!());
    assert!(report.contains(&place), "{place} in {report}");
    assert!(report.contains("closed ok after"), "{report}");
}
