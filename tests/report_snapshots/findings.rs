//! Findings of a contract.

use insta::assert_snapshot;
use llm_span::contract::{Contract, Contracts, Generation};

use crate::{capture, report, sound};

#[test]
fn a_missing_attribute_and_a_broken_relation() {
    let calls = capture(Contract::amtp());
    sound();
    drop(chat!(llm.tokens.prompt = 128, llm.tokens.total = 190));
    drop(chat!(llm.tokens.prompt = 128, llm.tokens.completion = 64, llm.tokens.total = 190));
    assert_snapshot!(report(&calls), @r"
    contract amtp: 2 violations in 2 of 3 spans

    error[missing-attribute]: `llm.tokens.completion` was never recorded
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 7 of 8 required attributes
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    error[broken-relation]: `llm.tokens.total` is 190, prompt + completion is 192
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 8 of 8 required attributes
       │ llm.tokens.prompt = 128   llm.tokens.completion = 64   llm.tokens.total = 190
       ╰ help: record prompt and completion; the total is derived
    ");
}

#[test]
fn counts_that_are_none() {
    let calls = capture(Contract::amtp());
    drop(chat!(llm.tokens.completion = 64, llm.usage.invalid = "prompt is negative"));
    assert_snapshot!(report(&calls), @r"
    contract amtp: 3 violations in 1 of 1 span

    error[missing-attribute]: `llm.tokens.prompt` was never recorded
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 6 of 8 required attributes
       ╰ help: `llm.usage.invalid` says what came in place of counts
    error[missing-attribute]: `llm.tokens.total` was never recorded
       ╭▸ src/chat.rs:17 complete
       ╰ help: `llm.usage.invalid` says what came in place of counts
    error[invalid-usage]: `llm.usage.invalid`: prompt is negative
       ╭▸ src/chat.rs:17 complete
       ╰ help: such a count is left out, not guessed: read it where it is a number, or estimate it and say so
    ");
}

#[test]
fn several_contracts() {
    let calls = capture(Contracts::default());
    drop(chat!(llm.tokens.prompt = 128, llm.tokens.completion = 64, llm.tokens.total = 192));
    assert_snapshot!(report(&calls), @r"
    contracts amtp, gen_ai: 2 violations in 1 of 1 span

    error[missing-attribute]: `gen_ai.usage.input_tokens` was never recorded
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 2 of 4 required attributes of gen_ai
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    error[missing-attribute]: `gen_ai.usage.output_tokens` was never recorded
       ╭▸ src/chat.rs:17 complete
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    ");
}

#[test]
fn a_wrong_type() {
    let calls = capture(Contract::amtp());
    drop(chat!(llm.tokens.prompt = 128_u64, llm.tokens.completion = "64", llm.tokens.total = 192.5));
    assert_snapshot!(report(&calls), @r#"
    contract amtp: 2 violations, 1 improvement in 1 of 1 span

    error[wrong-type]: `llm.tokens.completion` is of type string, expected int
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 8 of 8 required attributes
       │ llm.tokens.completion = "64"
       ╰ help: record the number as `i64`, not its text; `%value` and `?value` record text
    error[wrong-type]: `llm.tokens.total` is of type double, expected int
       ╭▸ src/chat.rs:17 complete
       │ llm.tokens.total = 192.5
       ╰ help: record the count as `i64`
    warning[wrong-type]: `llm.tokens.prompt` is of type unsigned int, expected int
       ╭▸ src/chat.rs:17 complete
       │ llm.tokens.prompt = 128
       ╰ help: record it as `i64`: tracing-opentelemetry exports unsigned fields as text
    "#);
}

#[test]
fn an_empty_a_negative_and_a_forbidden_value() {
    let calls = capture(Contract::amtp());
    let span = chat!(llm.tokens.prompt = -1, llm.tokens.completion = 64, llm.tokens.total = 63, llm.outcome = "done");
    span.record("llm.model", "").record("gen_ai.request.model", "");
    drop(span);
    assert_snapshot!(report(&calls), @r#"
    contract amtp: 6 violations in 1 of 1 span

    error[empty-value]: `llm.model` is empty
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 8 of 8 required attributes
       │ llm.model = ""
       ╰ help: record what is meant, for example `gpt-4o`
    error[out-of-range]: `llm.tokens.prompt` is -1, it can't be below 0
       ╭▸ src/chat.rs:17 complete
       │ llm.tokens.prompt = -1
       ╰ help: a count that is not known is left out, never negative; it was not added to a counter
    error[empty-value]: `gen_ai.request.model` is empty
       ╭▸ src/chat.rs:17 complete
       │ gen_ai.request.model = ""
       ╰ help: record what is meant, for example `gpt-4o`
    error[value-not-allowed]: `llm.outcome` is "done", which is not allowed
       ╭▸ src/chat.rs:17 complete
       │ llm.outcome = "done"
       ╰ help: use one of `ok`, `error`, `cancelled`, `panic`
    error[duplicate-record]: `llm.model` was recorded as "gpt-4o", then as ""
       ╭▸ src/chat.rs:17 complete
       ╰ help: record it once, when its last value is known: exporters send both
    error[duplicate-record]: `gen_ai.request.model` was recorded as "gpt-4o", then as ""
       ╭▸ src/chat.rs:17 complete
       ╰ help: record it once, when its last value is known: exporters send both
    "#);
}

#[test]
fn a_duplicate_record() {
    let calls = capture(Contract::amtp());
    let span = chat!(llm.tokens.prompt = 0, llm.tokens.completion = 64, llm.tokens.total = 192);
    span.record("llm.tokens.prompt", 128);
    drop(span);
    assert_snapshot!(report(&calls), @r"
    contract amtp: 1 violation in 1 of 1 span

    error[duplicate-record]: `llm.tokens.prompt` was recorded as 0, then as 128
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 8 of 8 required attributes
       ╰ help: record it once, when its last value is known: exporters send both
    ");
}

#[test]
fn improvements() {
    let calls = capture(Contract::gen_ai(Generation::G1));
    let span = chat!(
        gen_ai.usage.input_tokens = 128,
        gen_ai.usage.output_tokens = 64,
        gen_ai.usage.prompt_tokens = 128,
        gen_ai.usge.output_tokens = 64,
        gen_ai.output.type = "jsno",
    );
    drop(span);
    assert_snapshot!(report(&calls), @r#"
    contract gen_ai: 4 improvements in 1 of 1 span

    warning[unknown-value]: `gen_ai.output.type` is "jsno", which looks like `json`
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 4 of 4 required attributes
       │ gen_ai.output.type = "jsno"
       ╰ help: write `json`; any other name is allowed if it is meant
    warning[unknown-attribute]: `gen_ai.usge.output_tokens` is no attribute of the contract; did you mean `gen_ai.usage.output_tokens`?
       ╭▸ src/chat.rs:17 complete
       │ gen_ai.usge.output_tokens = 64
       ╰ help: record it as `gen_ai.usage.output_tokens`
    warning[deprecated-attribute]: `gen_ai.system` is deprecated, its successor is `gen_ai.provider.name`
       ╭▸ src/chat.rs:17 complete
       ╰ help: record `gen_ai.provider.name`
    warning[deprecated-attribute]: `gen_ai.usage.prompt_tokens` is deprecated, its successor is `gen_ai.usage.input_tokens`
       ╭▸ src/chat.rs:17 complete
       ╰ help: record `gen_ai.usage.input_tokens`
    "#);
}

#[test]
fn a_call_without_an_end() {
    let calls = capture(Contract::amtp());
    let span = chat!(llm.tokens.prompt = 128);
    assert_snapshot!(report(&calls), @r"
    contract amtp: 1 violation in 1 of 1 span

    error[never-closed]: the call has not ended: no outcome is recorded, the span is open
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion still open
       ╰ help: await the call before this check; a span of your own ends when its guard and all clones are dropped
    ");
    drop(span);
}

#[test]
fn a_call_that_failed_without_saying_how() {
    let calls = capture(Contracts::default());
    drop(chat!(llm.outcome = "error"));
    assert_snapshot!(report(&calls), @r"
    contracts amtp, gen_ai: 1 violation in 1 of 1 span

    error[missing-attribute]: `error.type` was never recorded
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed error with 2 of 3 required attributes of gen_ai
       ╰ help: record which kind of error it was: `error_type = |e| …`, or `error.type` on the span
    ");
}

#[test]
fn no_call() {
    let (calls, place) = (capture(Contracts::default()), format!("{}:{}", file!(), line!()));
    tracing::info_span!("http.request").in_scope(|| tracing::info_span!("llm.inference").in_scope(|| {}));
    assert_snapshot!(report(&calls).replace(&place, "tests/chat.rs:12"), @r"
    contracts amtp, gen_ai: 1 violation, 0 spans checked

    error[no-span-seen]: no call was seen: nothing was checked
       ╭▸ tests/chat.rs:12 capture
       │ 2 other spans were seen, none of them subject to a contract: http.request, llm.inference
       │ help: was it awaited? a future that is never polled is no call
       ╰       was it spawned, or run on another thread? carry the capture there: `spawn(calls.capture(…))`
    ");
}

#[test]
fn usage_recorded_outside_of_a_call() {
    let calls = capture(Contracts::default());
    sound();
    llm_span::record_usage(llm_span::Usage::new(128, 64));
    let place = format!("{}:{}", file!(), line!() - 1);
    assert_snapshot!(report(&calls).replace(&place, "src/chat.rs:19"), @r"
    contracts amtp, gen_ai: 1 violation, 1 span checked

    error[recorded-outside-call]: `record_usage` was called where no call is under way: what it recorded is lost
       ╭▸ src/chat.rs:19
       ╰ help: call it in the body of the call; into tasks and threads of the call take `llm_span::current_call()`, and await them before the call returns
    ");
}

#[test]
fn nothing_found() {
    let calls = capture(Contracts::default());
    sound();
    assert_snapshot!(report(&calls), @"contracts amtp, gen_ai: no finding in 1 span");
}

#[test]
fn content_is_told_by_its_length() {
    let calls = capture(Contracts::default());
    let secret = "Dear model, my password is hunter2. ".repeat(20);
    let span = chat!(
        llm.tokens.prompt = 1,
        gen_ai.prompt = secret,
        gen_ai.input.mesages = secret,
        gen_ai.input.messages = "short secret",
    );
    span.record("gen_ai.input.messages", secret.as_str());
    drop(span);
    let report = report(&calls);
    assert!(!report.contains("hunter2") && !report.contains("short secret"), "{report}");
    assert_snapshot!(report, @r"
    contracts amtp, gen_ai: 5 violations, 2 improvements in 1 of 1 span

    error[missing-attribute]: `llm.tokens.completion` was never recorded
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 6 of 8 required attributes of amtp
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    error[missing-attribute]: `llm.tokens.total` was never recorded
       ╭▸ src/chat.rs:17 complete
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    error[missing-attribute]: `gen_ai.usage.input_tokens` was never recorded
       ╭▸ src/chat.rs:17 complete
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    error[missing-attribute]: `gen_ai.usage.output_tokens` was never recorded
       ╭▸ src/chat.rs:17 complete
       ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
    error[duplicate-record]: `gen_ai.input.messages` was recorded as (12 characters), then as (720 characters)
       ╭▸ src/chat.rs:17 complete
       ╰ help: record it once, when its last value is known: exporters send both
    warning[unknown-attribute]: `gen_ai.input.mesages` is no attribute of the contract; did you mean `gen_ai.input.messages`?
       ╭▸ src/chat.rs:17 complete
       │ gen_ai.input.mesages = (720 characters)
       ╰ help: record it as `gen_ai.input.messages`
    warning[deprecated-attribute]: `gen_ai.prompt` is deprecated and has no successor
       ╭▸ src/chat.rs:17 complete
       ╰ help: leave it out
    ");
}

#[test]
fn long_values_and_many_findings_are_cut() {
    let calls = capture(Contract::amtp());
    let long = "gpt-".repeat(500);
    (0..30).for_each(|_| {
        chat!(llm.tokens.prompt = 1, llm.tokens.completion = 1, llm.tokens.total = 2).record("llm.model", long.as_str());
    });
    let report = report(&calls);
    assert!(report.lines().all(|line| line.chars().count() < 250), "{report}");
    let mut lines: Vec<_> = report.lines().collect();
    lines.drain(8..lines.len() - 1);
    assert_snapshot!(lines.join("\n"), @r#"
    contract amtp: 60 violations in 30 of 30 spans

    error[broken-relation]: `gen_ai.request.model` is "gpt-4o", `llm.model` is "gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-"…
       ╭▸ src/chat.rs:17 complete
       │ span llm.completion closed ok with 8 of 8 required attributes
       │ gen_ai.request.model = "gpt-4o"
       │ llm.model = "gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-gpt-"…
       ╰ help: `gen_ai.request.model` says what `llm.model` says
    … and 40 more
    "#);
}
