//! Arguments for a tool, made up from its schema and from what was asked.

use serde_json::{Map, Value, json};

/// An object with a value for each property that is required, or for each there is when none is.
///
/// A text is the last name in what was asked ("What is the weather in Lyon?" has `Lyon`), else all of it.
pub(super) fn for_schema(schema: Option<&Value>, asked: &str) -> Value {
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    let required = schema.and_then(|schema| schema.get("required")).and_then(Value::as_array);
    let required = required.filter(|required| !required.is_empty());
    let wanted = |name: &String| required.is_none_or(|required| required.iter().any(|wanted| wanted == name));
    let properties = properties.into_iter().flatten().filter(|(name, _)| wanted(name));
    let arguments: Map<_, _> = properties.map(|(name, property)| (name.clone(), value(property, asked))).collect();
    arguments.into()
}

fn value(property: &Value, asked: &str) -> Value {
    if let Some(given) = property.get("default").or_else(|| property.get("const")).or_else(|| property.get("enum")?.get(0)) {
        return given.clone();
    }
    // With `strict` schemas a property that may be left out has several types.
    let kind = property.get("type").map(|kind| kind.get(0).unwrap_or(kind)).and_then(Value::as_str);
    match kind {
        Some("integer" | "number") => property.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => for_schema(Some(property), asked),
        _ => name_in(asked).unwrap_or(asked).into(),
    }
}

/// The last word with a capital that does not begin the text.
fn name_in(asked: &str) -> Option<&str> {
    let words = asked.split(|char: char| !char.is_alphanumeric() && char != '-').filter(|word| !word.is_empty());
    words.skip(1).filter(|word| word.starts_with(char::is_uppercase) && word.len() > 1).last()
}
