//! Spans that nobody annotated: told by what they carry, checked when they close.

use std::collections::BTreeMap;

use super::support::Telemetry;

#[test]
fn a_hand_written_span_with_all_that_is_asked_is_clean_and_counted() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!(
        "llm.completion",
        llm.provider = "openai",
        llm.model = "gpt-4o",
        "llm.request.type" = "chat",
        llm.tokens.prompt = 128_i64,
        llm.tokens.completion = 64_i64,
        llm.tokens.total = 192_i64,
        gen_ai.system = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.usage.input_tokens = 128_i64,
        gen_ai.usage.output_tokens = 64_i64,
    ));
    assert_eq!(telemetry.found(), Vec::<String>::new());
    assert_eq!(telemetry.counters().values().sum::<u64>(), 384);
}

#[test]
fn a_span_of_the_conventions_alone_is_not_held_to_the_amtp_contract() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!(
        "chat gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.usage.input_tokens = 128_u64,
        gen_ai.usage.output_tokens = 64_i64,
    ));
    // Counted, although the count came as u64, which is told.
    assert_eq!(telemetry.found(), ["wrong-type gen_ai.usage.input_tokens"]);
    let histograms = telemetry.histograms();
    let tokens: f64 = histograms.iter().filter(|(name, _)| name.contains("token.usage")).map(|(_, (_, sum))| sum).sum();
    assert_eq!(tokens.to_string(), "192");
}

#[test]
fn the_mcp_spans_of_the_amtp_document_give_no_finding_and_no_count() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!("repo.tree", mcp.tool = "repo.tree", mcp.cache_hit = true));
    drop(tracing::info_span!("repo.read_file", mcp.tool = "repo.read_file", mcp.exclusion_reason = "size"));
    drop(tracing::info_span!("github.api", mcp.tool = "github.api"));
    drop(tracing::info_span!("valkey.get", mcp.cache_hit = false));
    drop(tracing::info_span!("valkey.set"));
    assert_eq!(telemetry.found(), Vec::<String>::new());
    assert_eq!(telemetry.counters(), BTreeMap::new());
    assert_eq!(telemetry.histograms(), BTreeMap::new());
    assert_eq!(telemetry.spans().len(), 5);
}

#[test]
fn declared_is_not_recorded() {
    let telemetry = Telemetry::start();
    let none: Option<&str> = None;
    drop(tracing::info_span!("llm.completion", llm.provider = "openai", llm.model = tracing::field::Empty, gen_ai.system = none));
    let found = telemetry.found();
    assert!(found.contains(&"missing-attribute llm.model".into()), "{found:?}");
    assert!(found.contains(&"missing-attribute gen_ai.system".into()), "{found:?}");
    assert!(!found.contains(&"missing-attribute llm.provider".into()), "{found:?}");
}

/// A complete span, but for what is changed.
macro_rules! chat_span {
    ($($changed:tt)*) => {
        tracing::info_span!(
            "llm.completion",
            llm.provider = "openai",
            "llm.request.type" = "chat",
            gen_ai.system = "openai",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            gen_ai.usage.input_tokens = 128_i64,
            gen_ai.usage.output_tokens = 64_i64,
            $($changed)*
        )
    };
}

#[test]
fn contradictions_are_found_with_what_was_observed() {
    let telemetry = Telemetry::start();
    drop(chat_span!(
        llm.model = "gpt-4o",
        gen_ai.request.model = "gpt-4",
        llm.tokens.prompt = 128_i64,
        llm.tokens.completion = 64_i64,
        llm.tokens.total = 190_i64,
    ));
    let messages: Vec<_> = telemetry.findings.take().into_iter().map(|found| found.finding.message).collect();
    assert_eq!(
        messages,
        [
            "`llm.tokens.total` is 190, prompt + completion is 192",
            r#"`gen_ai.request.model` is "gpt-4", `llm.model` is "gpt-4o""#,
        ]
    );
}

#[test]
fn counts_that_are_negative_or_text_are_found_and_never_make_a_wrong_sum() {
    let telemetry = Telemetry::start();
    drop(chat_span!(
        llm.model = "gpt-4o",
        gen_ai.request.model = "gpt-4o",
        llm.tokens.prompt = -5_i64,
        llm.tokens.completion = "64",
        llm.tokens.total = "a lot",
    ));
    let found = telemetry.found();
    for expected in ["out-of-range llm.tokens.prompt", "wrong-type llm.tokens.completion", "wrong-type llm.tokens.total"] {
        assert!(found.contains(&expected.to_owned()), "{expected} in {found:?}");
    }
    let counters = telemetry.counters();
    assert_eq!(counters.values().collect::<Vec<_>>(), [&64], "{counters:?}");
}

#[test]
fn a_second_record_with_another_value_is_found_and_one_with_the_same_is_not() {
    let telemetry = Telemetry::start();
    let span = chat_span!(
        llm.model = "gpt-4o",
        gen_ai.request.model = "gpt-4o",
        llm.tokens.prompt = 128_i64,
        llm.tokens.completion = 64_i64,
        llm.tokens.total = 192_i64,
    );
    span.record("llm.tokens.prompt", 128_i64);
    span.record("gen_ai.usage.output_tokens", 65_i64);
    drop(span);
    assert_eq!(telemetry.found(), ["duplicate-record gen_ai.usage.output_tokens"]);
}

#[test]
fn a_misspelt_attribute_is_found_with_what_was_meant() {
    let telemetry = Telemetry::start();
    drop(chat_span!(
        llm.model = "gpt-4o",
        gen_ai.request.model = "gpt-4o",
        llm.tokens.promt = 128_i64,
        llm.tokens.completion = 64_i64,
        llm.tokens.total = 192_i64,
    ));
    let findings = telemetry.findings.take();
    let messages: Vec<_> = findings.iter().map(|found| found.finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`llm.tokens.prompt` was never recorded",
            "`llm.tokens.promt` is no attribute of the contract; did you mean `llm.tokens.prompt`?",
        ]
    );
}

#[test]
fn a_deprecated_name_is_flagged_unless_an_active_contract_demands_it() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!(
        "chat gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.usage.prompt_tokens = 128_i64,
        gen_ai.usage.input_tokens = 128_i64,
        gen_ai.usage.output_tokens = 64_i64,
    ));
    assert_eq!(telemetry.found(), ["deprecated-attribute gen_ai.usage.prompt_tokens"]);
}
