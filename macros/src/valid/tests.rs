//! What is a model, and what is told of what is none.

use quote::{ToTokens as _, quote};

use super::*;
use crate::model::{Kind, Requested, Text, Usage, Value};

fn checked(arguments: &str) -> Result<Model, Vec<String>> {
    let item = quote!(
        fn f(request: &Request) -> Response {
            todo!()
        }
    );
    model(arguments.parse().unwrap(), &item).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn errors(arguments: &str) -> Vec<String> {
    checked(arguments).map(|_| ()).expect_err(arguments)
}

/// The one error, up to its first comma or semicolon.
fn error(arguments: &str) -> String {
    let errors = errors(arguments);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].split([';', '\n']).next().unwrap().to_owned()
}

fn right(arguments: &str) -> Model {
    checked(arguments).unwrap_or_else(|errors| panic!("{arguments}: {errors:?}"))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Empty => "declared".to_owned(),
        Value::Literal(literal) => literal.to_string(),
        Value::Expr(kind, given) => {
            let kind = match kind {
                Kind::Text => "text",
                Kind::Int => "int",
                Kind::Double => "double",
                Kind::List => "list",
                _ => "other",
            };
            format!("{kind} {}", given.to_token_stream())
        }
    }
}

/// Keys and values of the extra fields.
fn extra(arguments: &str) -> Vec<(String, String)> {
    right(arguments).extra.iter().map(|extra| (extra.key.clone(), shown(&extra.value))).collect()
}

const CHAT: &str = r#"operation = "chat", provider = "openai", model = "gpt-4o""#;

#[test]
fn arguments_are_recorded_under_their_keys_with_their_types_in_the_order_written() {
    let given =
        extra(&format!("seed = 7, {CHAT}, fields(tenant.id = 5), stop_sequences = stops, temperature = 1, max_tokens = limit"));
    let given: Vec<_> = given.iter().map(|(key, value)| (&**key, &**value)).collect();
    let expected = [
        ("gen_ai.request.seed", "7i64"),
        ("gen_ai.request.stop_sequences", "list stops"),
        ("gen_ai.request.temperature", "1f64"),
        ("gen_ai.request.max_tokens", "int limit"),
        ("tenant.id", "5i64"),
    ];
    assert_eq!(given, expected);
}

#[test]
fn every_operation_has_a_form() {
    for arguments in [
        r#"operation = "text_completion", provider = p, model = m"#,
        r#"operation = "generate_content", provider = p, model = in_body, choice_count = 2, output_type = "json""#,
        r#"operation = "embeddings", provider = p, model = m, dimensions = 512, encoding_formats = ["float"]"#,
        r#"operation = "retrieval", provider = p, model = m, data_source = source, top_k = 5"#,
        r#"operation = "create_agent", provider = p, agent = "tutor", agent_id = id, server_address = host, server_port = 443"#,
        r#"operation = "invoke_agent", agent = "tutor", agent_version = "1", usage = children"#,
        r#"operation = "execute_tool", tool = name, tool_call_id = id, tool_type = "function", agent = a, input = args, output = text"#,
        r#"operation = "invoke_workflow", workflow = "summarize", input = question, usage = children"#,
    ] {
        right(arguments);
    }
}

#[test]
fn what_has_no_model_has_no_usage_of_its_own() {
    for operation in ["create_agent", "invoke_agent", "execute_tool", "invoke_workflow"] {
        let provider = if operation == "create_agent" { ", provider = p" } else { "" };
        let tool = if operation == "execute_tool" { ", tool = t" } else { "" };
        let model = right(&format!("operation = \"{operation}\"{provider}{tool}"));
        assert!(matches!(model.usage, Usage::Unreported), "{operation}");
        assert!(matches!(model.requested, Requested::Absent), "{operation}");
    }
    assert!(matches!(right(CHAT).usage, Usage::Reported));
}

#[test]
fn an_argument_fits_its_operations_only() {
    let unfit = |name: &str, operation: &str, arguments: &str| {
        let error = error(arguments);
        assert!(
            error.starts_with(&format!("`{name}` is for ")) && error.ends_with(&format!(", not for `{operation}`")),
            "{error}"
        );
    };
    unfit("tool", "chat", &format!("{CHAT}, tool = t"));
    unfit("model", "execute_tool", r#"operation = "execute_tool", tool = t, model = m"#);
    unfit("usage", "execute_tool", r#"operation = "execute_tool", tool = t, usage = none"#);
    unfit("estimate", "invoke_agent", r#"operation = "invoke_agent", estimate = count"#);
    unfit("server_port", "invoke_workflow", r#"operation = "invoke_workflow", server_port = 1"#);
    let embeddings = r#"operation = "embeddings", provider = p, model = m"#;
    unfit("output", "embeddings", &format!("{embeddings}, output = text"));
}

#[test]
fn what_an_operation_needs_is_missed() {
    assert_eq!(error(r#"operation = "execute_tool""#), "missing required argument `tool`");
    assert_eq!(error(r#"operation = "create_agent""#), "missing required argument `provider`");
    assert_eq!(errors(r#"operation = "chat""#).len(), 2);
    // What a misspelt operation needs nobody knows.
    assert_eq!(errors(r#"operation = "chatt""#).len(), 1);
}

#[test]
fn values_of_arguments_are_held_against_the_contract() {
    let message = &errors(&format!("{CHAT}, temperature = \"hot\""))[0];
    assert_eq!(message, "`temperature` is of type double, \"hot\" is of type string; write for example `temperature = 0.0`");
    assert_eq!(error(&format!("{CHAT}, max_tokens = -1")), "`max_tokens` is never negative");
    assert_eq!(error(&format!("{CHAT}, seed = in_body")), "`seed` can't be told in the body");
    assert_eq!(error(&format!("{CHAT}, seed = %seed")), "`seed` takes an expression as it is");
}

#[test]
fn a_key_is_set_once() {
    assert_eq!(error(&format!("{CHAT}, seed = 1, seed = 2")), "duplicate argument `seed`");
    assert_eq!(error(&format!("{CHAT}, seed = 1, fields(gen_ai.request.seed = 2)")), "duplicate field `gen_ai.request.seed`");
    right(&format!("{CHAT}, fields(gen_ai.request.seed = 2)"));
    assert!(
        error(&format!("{CHAT}, input = i, fields(gen_ai.input.messages)")).starts_with("`input` sets `gen_ai.input.messages`")
    );
}

#[test]
fn a_call_inside_of_the_process_asks_no_server() {
    right(&format!("{CHAT}, kind = \"client\", server_address = host"));
    assert!(error(&format!("{CHAT}, kind = \"internal\", server_address = host")).contains("inside of this process"));
    assert!(error(r#"operation = "invoke_agent", server_port = 1"#).contains("inside of this process"));
    right(r#"operation = "invoke_agent", provider = p, server_port = 1"#);
    // The one mistake is the key: `operation` is not missed as well.
    assert_eq!(errors(r#"kind = "chat", provider = p, model = m"#).len(), 1);
    assert!(error(r#"operation = "invoke_agent", kind = "client""#).contains("has a provider"));
    assert!(error(r#"operation = "execute_tool", tool = t, kind = "client""#).contains("runs in this process"));
}

#[test]
fn ids_are_texts() {
    let model = right(&format!("{CHAT}, conversation = request.conversation, session = \"s\", user = None::<String>"));
    assert!(matches!(model.conversation, Some(Text::Expr(_))) && matches!(model.session, Some(Text::Literal(_))));
    assert!(model.user.is_some());
    assert_eq!(error(&format!("{CHAT}, user = 5")), "`user` is text");
}

#[test]
fn content_has_a_declared_field_of_its_own() {
    let model = right(&format!("{CHAT}, fields(a = 1), output = |r| &r.text, input = prompt, system_instructions = \"be kind\""));
    let key = |field: usize| model.extra[field].key.as_str();
    let content: Vec<_> = model.content.iter().map(|content| key(content.field)).collect();
    assert_eq!(content, ["gen_ai.input.messages", "gen_ai.system_instructions"]);
    assert_eq!(model.output.as_ref().map(|output| key(output.field)), Some("gen_ai.output.messages"));
    assert!(model.extra[1..].iter().all(|extra| matches!(extra.value, Value::Empty)));
    let tool = right(r#"operation = "execute_tool", tool = t, input = arguments, output = text"#);
    assert_eq!(tool.extra[1].key, "gen_ai.tool.call.arguments");
    assert_eq!(tool.extra[2].key, "gen_ai.tool.call.result");
}

#[test]
fn the_span_is_named_by_whom_it_is_about() {
    let subject = |arguments: &str| {
        let model = right(arguments);
        model.subject().map(|field| model.extra[field].key.clone())
    };
    let tool = r#"operation = "execute_tool", tool_call_id = id, tool = t, name = conventional"#;
    assert_eq!(subject(tool).as_deref(), Some("gen_ai.tool.name"));
    assert_eq!(subject(r#"operation = "invoke_agent""#), None);
    assert_eq!(subject(CHAT), None);
}
