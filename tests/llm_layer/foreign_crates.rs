//! Spans of the shapes that other crates emit: `rig` (0.2x to 0.46) and `genai` (0.7). Names, fields and types are theirs.

use std::collections::BTreeMap;

use tracing::{Span, field::Empty};

use super::support::Telemetry;

/// `rig`'s agent: usage is declared and recorded at the end, unsigned.
fn rig_agent() -> Span {
    tracing::info_span!(
        "invoke_agent",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.agent.name = "tutor",
        gen_ai.system_instructions = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
    )
}

/// A turn of `rig`'s agent: opened by the agent, completed by the provider's client.
fn rig_chat() -> Span {
    let span = tracing::info_span!(
        target: "rig::agent_chat",
        "chat",
        rig.completion_parent = true,
        gen_ai.operation.name = Empty,
        gen_ai.provider.name = Empty,
        gen_ai.request.model = Empty,
        gen_ai.request.stream = Empty,
        gen_ai.system_instructions = Empty,
        gen_ai.response.id = Empty,
        gen_ai.response.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.reasoning_tokens = Empty,
        gen_ai.agent.name = "tutor",
    );
    span.record("gen_ai.operation.name", "chat");
    span.record("gen_ai.provider.name", "openai");
    span.record("gen_ai.request.model", "gpt-4o");
    span.record("gen_ai.request.stream", false);
    span
}

fn rig_usage(span: &Span, input: u64, output: u64) {
    span.record("gen_ai.usage.input_tokens", input);
    span.record("gen_ai.usage.output_tokens", output);
}

fn rig_tool() -> Span {
    let span = tracing::info_span!(
        "execute_tool",
        gen_ai.operation.name = "execute_tool",
        gen_ai.tool.type = "function",
        gen_ai.tool.name = Empty,
        gen_ai.tool.call.id = Empty,
        gen_ai.tool.call.arguments = Empty,
        gen_ai.tool.call.result = Empty,
    );
    span.record("gen_ai.tool.name", "get_weather");
    span.record("gen_ai.tool.call.id", "call_42");
    span
}

#[test]
fn an_agent_of_rig_is_counted_by_its_turns_and_not_again_by_itself() {
    let telemetry = Telemetry::start();
    let agent = rig_agent();
    agent.in_scope(|| {
        let turn = rig_chat();
        turn.in_scope(|| drop(rig_tool()));
        rig_usage(&turn, 100, 20);
        drop(turn);
        rig_usage(&rig_chat(), 150, 30);
    });
    rig_usage(&agent, 250, 50);
    drop(agent);
    assert_eq!(telemetry.measured_tokens().to_string(), "300");
    assert_eq!(telemetry.counters(), BTreeMap::new(), "none of them is an AMTP span");
    // Unsigned counts are read, and told: their export is text.
    let found = telemetry.found();
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(found.iter().all(|found| found.starts_with("wrong-type gen_ai.usage.")), "{found:?}");
}

#[test]
fn a_turn_of_rig_that_failed_is_told_by_its_findings_and_their_trace_id() {
    let telemetry = Telemetry::start();
    rig_agent().in_scope(|| rig_chat().in_scope(|| ()));
    let findings = telemetry.findings.take();
    let told: Vec<_> = findings.iter().map(|found| found.finding.message.as_str()).collect();
    assert_eq!(
        told,
        ["`gen_ai.usage.input_tokens` was never recorded", "`gen_ai.usage.output_tokens` was never recorded"],
        "it told no error either"
    );
    let spans = telemetry.spans();
    let turn = spans.iter().find(|span| span.name == "chat").unwrap();
    for found in &findings {
        assert_eq!(found.trace_id, Some(turn.span_context.trace_id().to_string()));
        assert_eq!(found.span_id, Some(turn.span_context.span_id().to_string()));
    }
}

#[test]
fn a_name_of_rigs_own_for_a_known_attribute_is_told_with_the_right_one() {
    let telemetry = Telemetry::start();
    let turn = rig_chat();
    turn.record("gen_ai.usage.input_tokens", 1_i64);
    turn.record("gen_ai.usage.output_tokens", 9_i64);
    turn.record("gen_ai.usage.reasoning_tokens", 8_u64);
    drop(turn);
    let findings = telemetry.findings.take();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].finding.help, "record it as `gen_ai.usage.reasoning.output_tokens`");
}

#[test]
fn a_turn_inside_a_turn_with_the_same_usage_counts_once() {
    let telemetry = Telemetry::start();
    let outer = rig_chat();
    outer.in_scope(|| rig_usage(&rig_chat(), 100, 20));
    rig_usage(&outer, 100, 20);
    drop(outer);
    assert_eq!(telemetry.measured_tokens().to_string(), "120");
}

#[test]
fn an_operation_of_somebodys_own_is_not_held_to_what_a_chat_must_have() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!("transcription", gen_ai.operation.name = "transcription", gen_ai.provider.name = "openai"));
    drop(tracing::info_span!("genai.plan", "gen_ai.operation.name" = "plan", gen_ai.agent.name = "tutor"));
    assert_eq!(telemetry.found(), Vec::<String>::new());
    // A misspelt one is.
    drop(tracing::info_span!("chat", gen_ai.operation.name = "chatt", gen_ai.provider.name = "openai"));
    assert_eq!(
        telemetry.found(),
        [
            "missing-attribute gen_ai.usage.input_tokens",
            "missing-attribute gen_ai.usage.output_tokens",
            "unknown-value gen_ai.operation.name"
        ]
    );
}

/// `genai`'s chat: signed counts, the name for OpenTelemetry beside the callsite's.
fn genai_chat(stream: bool) -> Span {
    let span = tracing::info_span!(
        "genai.chat",
        "otel.name" = "chat gpt-4o",
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = "chat",
        "gen_ai.provider.name" = "openai",
        "gen_ai.request.model" = "gpt-4o",
        "gen_ai.request.stream" = stream,
        "gen_ai.request.temperature" = Empty,
        "gen_ai.request.max_tokens" = Empty,
        "gen_ai.request.seed" = Empty,
        "gen_ai.request.stop_sequences" = Empty,
        "server.address" = Empty,
        "server.port" = Empty,
        "gen_ai.response.id" = Empty,
        "gen_ai.response.model" = Empty,
        "gen_ai.response.finish_reasons" = Empty,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "gen_ai.usage.cache_read.input_tokens" = Empty,
        "gen_ai.usage.reasoning.output_tokens" = Empty,
        "gen_ai.response.time_to_first_chunk" = Empty,
        "gen_ai.input.messages" = Empty,
    );
    span.record("server.address", "api.openai.com");
    span.record("server.port", 443_i64);
    span.record("gen_ai.request.temperature", 0.7);
    span.record("gen_ai.request.max_tokens", 256_i64);
    span.record("gen_ai.request.seed", -7_i64);
    span.record("gen_ai.request.stop_sequences", r#"["\n"]"#);
    span
}

#[test]
fn a_chat_of_genai_is_clean_and_counted_in_one_piece_or_streamed() {
    let telemetry = Telemetry::start();
    for stream in [false, true] {
        let span = genai_chat(stream);
        if stream {
            span.record("gen_ai.response.time_to_first_chunk", 0.25);
        }
        span.record("gen_ai.response.id", "chatcmpl-1");
        span.record("gen_ai.response.model", "gpt-4o-2024-08-06");
        span.record("gen_ai.response.finish_reasons", r#"["stop"]"#);
        span.record("gen_ai.usage.input_tokens", 128_i64);
        span.record("gen_ai.usage.output_tokens", 64_i64);
        span.record("gen_ai.usage.cache_read.input_tokens", 100_i64);
        span.record("gen_ai.usage.reasoning.output_tokens", 32_i64);
    }
    assert_eq!(telemetry.found(), Vec::<String>::new());
    assert_eq!(telemetry.measured_tokens().to_string(), "384", "parts are not added to the whole");
    let histograms = telemetry.histograms();
    assert!(histograms.keys().all(|name| name.contains("server.address=api.openai.com,server.port=443")), "{histograms:?}");
}

#[test]
fn a_failed_chat_of_genai_needs_no_usage_and_its_duration_tells_the_error() {
    let telemetry = Telemetry::start();
    let span = genai_chat(false);
    span.record("otel.status_code", "error");
    span.record("error.type", "429");
    drop(span);
    assert_eq!(telemetry.found(), Vec::<String>::new());
    let histograms = telemetry.histograms();
    assert_eq!(histograms.len(), 1);
    assert!(histograms.keys().all(|name| name.contains("error.type=429")), "{histograms:?}");
}

#[test]
fn the_other_spans_of_genai_are_clean() {
    let telemetry = Telemetry::start();
    let internal = "internal";
    drop(tracing::info_span!(
        "genai.invoke_workflow",
        "otel.kind" = internal,
        "gen_ai.operation.name" = "invoke_workflow",
        "gen_ai.workflow.name" = "daily"
    ));
    drop(tracing::info_span!(
        "genai.execute_tool",
        "otel.kind" = internal,
        "gen_ai.operation.name" = "execute_tool",
        "gen_ai.tool.name" = "get_weather"
    ));
    drop(tracing::info_span!(
        "genai.agent",
        "otel.kind" = internal,
        "gen_ai.operation.name" = "invoke_agent",
        "gen_ai.agent.name" = "Greeter"
    ));
    drop(tracing::info_span!("genai.agent", "gen_ai.operation.name" = "create_agent", "gen_ai.provider.name" = "openai"));
    drop(tracing::info_span!(
        "genai.embeddings",
        "gen_ai.operation.name" = "embeddings",
        "gen_ai.provider.name" = "openai",
        "gen_ai.request.model" = "text-embedding-3-small",
        "gen_ai.embeddings.dimension.count" = 512_i64,
        "gen_ai.request.encoding_formats" = r#"["float"]"#,
        "gen_ai.usage.input_tokens" = 8_i64,
    ));
    assert_eq!(telemetry.found(), Vec::<String>::new());
    assert_eq!(telemetry.measured_tokens().to_string(), "8");
}

#[test]
fn a_bad_parameter_is_found_although_nobody_measures_it() {
    let telemetry = Telemetry::start();
    let span = genai_chat(false);
    span.record("gen_ai.usage.input_tokens", 1_i64);
    span.record("gen_ai.usage.output_tokens", 1_i64);
    span.record("gen_ai.request.max_tokens", -1_i64);
    drop(span);
    let found = telemetry.found();
    assert!(found.contains(&"out-of-range gen_ai.request.max_tokens".to_owned()), "{found:?}");
}
