//! Fields of the user's own: keys, types, sigils.

use std::{borrow::Cow, sync::Arc};

use llm_span::llm_span;

use crate::recorder::{Value, record};

struct Tenant {
    id: u64,
    name: Arc<str>,
}

#[expect(clippy::too_many_arguments, reason = "one a type")]
#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "m",
    usage = none,
    fields(
        tenant.id = tenant.id,
        tenant.name = tenant.name,
        "quoted-key" = "literal",
        type = number,
        huge = u64::MAX,
        missing = none,
        some = Some(number),
        cow = cow,
        flag = flag,
        ratio = ratio,
        shown = %tenant.id,
        debug = ?names,
        empty,
        gen_ai.request.max_tokens = limit,
        gen_ai.request.seed = -5,
        gen_ai.request.temperature = 1,
        gen_ai.request.top_p = ratio,
        gen_ai.request.top_k = none_given,
        gen_ai.streamed = flag,
        gen_ai.agent.id = conversation,
        gen_ai.request.stop_sequences = r#"["end"]"#,
        gen_ai.agent.name = cow,
        server.port = 443,
        gen_ai.input.messages = "[]",
    )
)]
async fn complete(
    tenant: &Tenant,
    number: u32,
    none: Option<u32>,
    cow: Cow<'_, str>,
    flag: bool,
    ratio: f32,
    names: &[&str],
    limit: usize,
    none_given: Option<f64>,
    conversation: Option<String>,
) {
}

#[tokio::test]
async fn fields_are_recorded_with_the_types_of_their_contract() {
    let (spans, _guard) = record();
    let tenant = Tenant { id: 7, name: "acme".into() };
    complete(&tenant, 5, None, "cow".into(), true, 0.5, &["a"], 100, None, Some("conv".to_owned())).await;
    let span = spans.only();
    let text = |text: &str| Value::Text(text.to_owned());
    for (key, value) in [
        ("tenant.id", Value::Int(7)), // An unsigned field would be exported as text.
        ("tenant.name", text("acme")),
        ("quoted-key", text("literal")),
        ("type", Value::Int(5)),
        ("huge", Value::Unsigned(u64::MAX)),
        ("some", Value::Int(5)),
        ("cow", text("cow")),
        ("flag", Value::Bool(true)),
        ("ratio", Value::Double(0.5)),
        ("shown", Value::Formatted("7".to_owned())),
        ("debug", Value::Formatted(r#"["a"]"#.to_owned())),
        ("gen_ai.request.max_tokens", Value::Int(100)),
        ("gen_ai.request.seed", Value::Int(-5)),
        ("gen_ai.request.temperature", Value::Double(1.0)),
        ("gen_ai.request.top_p", Value::Double(0.5)),
        ("gen_ai.streamed", Value::Bool(true)),
        ("gen_ai.agent.id", text("conv")),
        ("gen_ai.request.stop_sequences", text(r#"["end"]"#)),
        ("gen_ai.agent.name", text("cow")),
        ("server.port", Value::Int(443)),
        ("gen_ai.input.messages", text("[]")),
    ] {
        assert_eq!(span.fields.get(key), Some(&value), "{key}");
    }
    for absent in ["missing", "empty", "gen_ai.request.top_k"] {
        assert!(!span.has(absent), "{absent}");
        assert!(span.metadata.fields().field(absent).is_some(), "{absent}");
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, fields(answer.length))]
fn late() -> String {
    tracing::Span::current().record("answer.length", 5);
    "hello".to_owned()
}

#[test]
fn a_declared_field_can_be_recorded_in_the_body() {
    let (spans, _guard) = record();
    late();
    assert_eq!(spans.only().int("answer.length"), 5);
}

#[llm_span(operation = "chat", provider = provider(region), model = format_args!("{}-{region}", "gpt-4o"), usage = none)]
fn computed(region: &str) {}

fn provider(region: &str) -> Cow<'static, str> {
    format!("azure.{region}").into()
}

#[test]
fn provider_and_model_are_any_expression_over_the_arguments() {
    let (spans, _guard) = record();
    computed("eu");
    assert_eq!((spans.only().text("llm.provider"), spans.only().text("llm.model")), ("azure.eu", "gpt-4o-eu"));
}

enum Model {
    Large,
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("large")
    }
}

#[llm_span(operation = "chat", provider = *shared, model = model, usage = none)]
fn displayed(shared: &Arc<str>, model: Model) -> Model {
    model // It was read, not moved.
}

#[test]
fn what_displays_is_text() {
    let (spans, _guard) = record();
    displayed(&"openai".into(), Model::Large);
    assert_eq!((spans.only().text("llm.provider"), spans.only().text("llm.model")), ("openai", "large"));
}
