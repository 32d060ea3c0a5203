//! `fields(…)`: keys against the contract's names, values against its types.

use llm_span_contract::{
    Argument, known_attribute, known_attributes,
    stamp::{MAX_EXTRA_FIELDS, is_stamped},
    suggest::nearest,
};
use quote::ToTokens;

use super::{text::is_in_body, value};
use crate::{
    args::{Args, FieldArg, Key},
    errors::Errors,
    model::{Extra, Value},
};

/// The fields, after `extra`, which arguments have set.
pub(crate) fn checked(args: &mut Args, mut extra: Vec<Extra>, errors: &mut Errors) -> Vec<Extra> {
    let arguments = extra.len();
    for field in args.fields.take().map(|given| given.value).unwrap_or_default() {
        let key = field.key.text().to_owned();
        if let Some(twice) = extra.iter().position(|other| other.key == key) {
            let by = Argument::of_key(&key).filter(|_| twice < arguments);
            let by = by.map(|argument| format!("`{} = …` sets it; ", argument.name)).unwrap_or_default();
            errors.at(&field.key, format_args!("duplicate field `{key}`; {by}a field recorded twice is exported twice"));
        } else if let Some(message) = wrong_key(&field.key) {
            errors.at(&field.key, message);
        } else if let Some(value) = value(field, errors) {
            extra.push(Extra { key, value });
        }
    }
    extra
}

/// A call's values stand in an array of a fixed length.
pub(crate) fn not_too_many(place: impl ToTokens, extra: &[Extra], errors: &mut Errors) {
    if extra.len() > MAX_EXTRA_FIELDS {
        let many = extra.len();
        errors.at(place, format_args!("{many} fields are too many; a call can have {MAX_EXTRA_FIELDS} of your own"));
    }
}

fn wrong_key(key: &Key) -> Option<String> {
    let name = key.text();
    if name.is_empty() {
        return Some("a field's key is empty; name it".to_owned());
    }
    if is_stamped(name) {
        return Some(format!("`{name}` is recorded by the attribute itself; {}", instead(name)));
    }
    let near = if ["llm.", "gen_ai."].iter().any(|namespace| name.starts_with(namespace)) && known_attribute(name).is_none() {
        nearest(name, known_attributes().iter().map(|attribute| &*attribute.key))
    } else {
        None
    };
    near.map(|meant| format!("unknown attribute `{name}`; did you mean `{meant}`?"))
}

/// How to set what the attribute stamps.
fn instead(name: &str) -> &'static str {
    match name {
        "llm.provider" | "gen_ai.system" | "gen_ai.provider.name" => "set it by `provider = …`",
        "llm.model" | "gen_ai.request.model" => "set it by `model = …`",
        "llm.request.type" | "gen_ai.operation.name" => "set it by `operation = …`",
        "otel.kind" => "set it by `kind = …`",
        "otel.name" => "set it by `name = …`",
        "gen_ai.conversation.id" => "set it by `conversation = …`",
        "session.id" => "set it by `session = …`",
        "user.id" => "set it by `user = …`",
        "error.type" => "set it by `error_type = …`",
        "llm.outcome" | "otel.status_code" => "remove it",
        "gen_ai.request.stream" => "remove it; a stream is told by what the function returns",
        "llm.stream.chunks" | "gen_ai.response.time_to_first_chunk" => {
            "remove it; a stream that the function returns is counted and timed"
        }
        "llm.usage.estimated" => "remove it; `estimate` says how what the provider left out is counted",
        "llm.usage.invalid" => "remove it; it is told of a count that is none",
        "llm.cost.usd" => "remove it; the layer's price table tells it",
        _ if name.starts_with("gen_ai.response.") => "remove it; the response tells it, or `llm_span::record_response`",
        _ => "remove it; `usage` says where it is",
    }
}

/// The value, if it is right as far as can be seen here.
fn value(field: FieldArg, errors: &mut Errors) -> Option<Value> {
    let Some((sigil, given)) = field.value else { return Some(Value::Empty) };
    if is_in_body(&given) {
        errors.at(
            &given,
            "a field is not told by this word; declare it by its key alone and record it on `tracing::Span::current()`",
        );
        return None;
    }
    let name = field.key.text();
    value::checked(&value::Label { name, as_argument: false }, known_attribute(name), sigil, given, errors)
}
