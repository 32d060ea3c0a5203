//! What an annotated call looks like to a backend: every attribute of the AMTP contract, with the type the contract gives it.

use llm_span::{Operation, Usage, call};
use opentelemetry::{
    Value,
    trace::{SpanKind, Status},
};

use super::support::{Telemetry, attribute};

type Answer = Result<(u32, u32), std::io::Error>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "usage is read from a reference to the response")]
fn usage((prompt, completion): &(u32, u32)) -> Usage {
    Usage::new(prompt, completion)
}

#[test]
fn a_call_exports_the_eight_attributes_of_the_amtp_contract_with_counts_as_int() {
    let telemetry = Telemetry::start();
    let answer: Answer = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(|| Ok((128, 64)), usage);
    assert!(answer.is_ok());

    let spans = telemetry.spans();
    let [span] = spans.as_slice() else { panic!("{} spans", spans.len()) };
    assert_eq!(span.name, "llm.completion");
    assert_eq!(span.span_kind, SpanKind::Client);
    let expected: [(&str, Value); 8] = [
        ("llm.provider", "openai".into()),
        ("llm.model", "gpt-4o".into()),
        ("llm.request.type", "chat".into()),
        ("llm.tokens.prompt", Value::I64(128)),
        ("llm.tokens.completion", Value::I64(64)),
        ("llm.tokens.total", Value::I64(192)),
        ("gen_ai.system", "openai".into()),
        ("gen_ai.request.model", "gpt-4o".into()),
    ];
    for (key, value) in expected {
        assert_eq!(attribute(span, key), Some(value), "{key}");
    }
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn a_call_exports_the_names_that_backends_of_the_conventions_read() {
    let telemetry = Telemetry::start();
    let _: Answer = call(Operation::Chat, "gemini", "gemini-2.5-pro").in_scope_with(|| Ok((128, 64)), usage);
    let span = telemetry.spans().remove(0);
    assert_eq!(attribute(&span, "gen_ai.operation.name"), Some("chat".into()));
    assert_eq!(attribute(&span, "gen_ai.provider.name"), Some("gcp.gemini".into()));
    assert_eq!(attribute(&span, "gen_ai.system"), Some("gemini".into()));
    assert_eq!(attribute(&span, "gen_ai.usage.input_tokens"), Some(Value::I64(128)));
    assert_eq!(attribute(&span, "gen_ai.usage.output_tokens"), Some(Value::I64(64)));
    assert_eq!(attribute(&span, "gen_ai.usage.total_tokens"), None);
}

#[test]
fn an_error_sets_the_status_and_the_type_and_never_the_text() {
    let telemetry = Telemetry::start();
    let refused = || Err::<(u32, u32), _>(std::io::Error::other("the secret prompt"));
    let answer: Answer = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(refused, usage);
    assert!(answer.is_err());
    let span = telemetry.spans().remove(0);
    assert!(matches!(&span.status, Status::Error { description } if description.is_empty()), "{:?}", span.status);
    assert_eq!(attribute(&span, "error.type"), Some("Error".into()));
    assert_eq!(attribute(&span, "llm.outcome"), Some("error".into()));
    assert!(!format!("{span:?}").contains("secret"));
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn embeddings_have_a_completion_of_zero_for_amtp_and_no_output_for_the_conventions() {
    let telemetry = Telemetry::start();
    call(Operation::Embeddings, "openai", "text-embedding-3-small").enter().succeed(Usage::input_only(7));
    let span = telemetry.spans().remove(0);
    assert_eq!(span.name, "embeddings text-embedding-3-small");
    assert_eq!(attribute(&span, "llm.tokens.completion"), Some(Value::I64(0)));
    assert_eq!(attribute(&span, "llm.tokens.total"), Some(Value::I64(7)));
    assert_eq!(attribute(&span, "gen_ai.usage.output_tokens"), None);
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn what_the_body_records_again_and_again_is_exported_once_with_the_last_value() {
    let telemetry = Telemetry::start();
    let _: Option<()> = {
        let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
        llm_span::record_usage(Usage::new(1, 1));
        llm_span::record_usage(Usage::new(128, 64));
        guard.succeed(None::<Usage>);
        None
    };
    let span = telemetry.spans().remove(0);
    assert_eq!(attribute(&span, "llm.tokens.total"), Some(Value::I64(192)));
}
