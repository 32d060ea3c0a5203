use std::time::UNIX_EPOCH;

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanContext, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::*;

fn span(name: &'static str, attributes: impl IntoIterator<Item = KeyValue>) -> SpanData {
    SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Client,
        name: name.into(),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes: attributes.into_iter().collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

/// The name that a span is exported by, under each setting.
fn names(name: &'static str, attributes: &[(&'static str, &'static str)]) -> [String; 3] {
    [SpanNames::AsTheyAre, SpanNames::GenAi, SpanNames::LlmGateway].map(|names| {
        let mut span = span(name, attributes.iter().map(|(key, value)| KeyValue::new(*key, *value)));
        rename(names, &mut span);
        span.name.into_owned()
    })
}

#[test]
fn what_is_named_by_a_convention_is_named_by_the_chosen_one() {
    let op = keys::GEN_AI_OPERATION_NAME;
    let model = (keys::GEN_AI_REQUEST_MODEL, "gpt-4o");
    let chat: &[_] = &[(op, "chat"), model];
    let stream: &[_] = &[(op, "chat"), model, (keys::GEN_AI_REQUEST_STREAM, "true")];
    let whole: &[_] = &[(op, "chat"), model, (keys::GEN_AI_REQUEST_STREAM, "false")];
    let amtp: &[_] = &[(keys::LLM_REQUEST_TYPE, "completion"), (keys::LLM_MODEL, "davinci")];
    let rerank: &[_] = &[(keys::LLM_REQUEST_TYPE, "rerank"), (keys::LLM_MODEL, "rerank-3")];
    for (name, attributes, gen_ai, gateway) in [
        (COMPLETION, chat, "chat gpt-4o", GENERATE),
        (COMPLETION, stream, "chat gpt-4o", GENERATE_STREAM),
        (COMPLETION, whole, "chat gpt-4o", GENERATE),
        (COMPLETION, amtp, "text_completion davinci", GENERATE),
        (COMPLETION, &[(op, "generate_content"), (keys::LLM_MODEL, "gemini")], "generate_content gemini", GENERATE),
        (COMPLETION, &[(op, "chat")], "chat", GENERATE),
        (COMPLETION, &[(op, ""), (keys::GEN_AI_REQUEST_MODEL, ""), (keys::LLM_MODEL, "m")], "chat m", GENERATE),
        // Nothing is said of it but its name.
        (COMPLETION, &[], "chat", GENERATE),
        (COMPLETION, rerank, "retrieval rerank-3", COMPLETION),
        ("chat", chat, "chat gpt-4o", GENERATE),
        ("chat gpt-4o", chat, "chat gpt-4o", GENERATE),
        ("chat gpt-4o", stream, "chat gpt-4o", GENERATE_STREAM),
        (GENERATE, chat, "chat gpt-4o", GENERATE),
        (GENERATE_STREAM, &[("provider.model", "gpt-4o")], "chat gpt-4o", GENERATE_STREAM),
        ("embeddings", &[(op, "embeddings"), (keys::GEN_AI_REQUEST_MODEL, "small")], "embeddings small", "embeddings"),
        ("retrieval", &[(op, "retrieval"), model, ("gen_ai.data_source.id", "docs")], "retrieval docs", "retrieval"),
        ("create_agent", &[(op, "create_agent"), ("gen_ai.agent.name", "guide")], "create_agent guide", "create_agent"),
        ("invoke_agent", &[(op, "invoke_agent"), ("gen_ai.agent.name", "guide"), model], "invoke_agent guide", "invoke_agent"),
        ("invoke_agent", &[(op, "invoke_agent"), model], "invoke_agent", "invoke_agent"),
        ("execute_tool", &[(op, "execute_tool"), ("gen_ai.tool.name", "find")], "execute_tool find", "execute_tool"),
        (
            "invoke_workflow",
            &[(op, "invoke_workflow"), ("gen_ai.workflow.name", "desk")],
            "invoke_workflow desk",
            "invoke_workflow",
        ),
    ] {
        assert_eq!(names(name, attributes), [name, gen_ai, gateway], "{name} {attributes:?}");
    }
}

#[test]
fn a_name_of_the_programs_own_stays() {
    let chat: &[_] = &[(keys::GEN_AI_OPERATION_NAME, "chat"), (keys::GEN_AI_REQUEST_MODEL, "gpt-4o")];
    for (name, attributes) in [
        ("summary", chat),
        ("completion", chat),
        ("llm.inference", chat),
        ("llm.response.parse", chat),
        ("GET /chat", chat),
        ("conversation.get", &[]),
        ("", chat),
        // These are no calls: anything may be called so.
        ("chat", &[]),
        ("chat with support", &[("room", "3")]),
        ("retrieval", &[(keys::GEN_AI_CONVERSATION_ID, "c")]),
    ] {
        assert_eq!(names(name, attributes), [name; 3], "{name} {attributes:?}");
    }
}

#[test]
fn what_was_recorded_last_counts_and_a_boolean_is_one() {
    let recorded = [
        KeyValue::new(keys::GEN_AI_REQUEST_MODEL, "asked"),
        KeyValue::new(keys::GEN_AI_REQUEST_MODEL, "asked-again"),
        KeyValue::new(keys::GEN_AI_REQUEST_STREAM, false),
        KeyValue::new(keys::GEN_AI_REQUEST_STREAM, true),
    ];
    let mut by_model = span(COMPLETION, recorded.clone());
    rename(SpanNames::GenAi, &mut by_model);
    assert_eq!(by_model.name, "chat asked-again");
    let mut by_stream = span(COMPLETION, recorded);
    rename(SpanNames::LlmGateway, &mut by_stream);
    assert_eq!(by_stream.name, GENERATE_STREAM);
}
