//! What may carry prompts and completions: recorded only where it is switched on when the program runs.

use llm_span_contract::Operation;
use quote::ToTokens;

use super::{fits, text};
use crate::{
    args::Args,
    errors::Errors,
    model::{Content, Extra, Output, Value},
};

/// The fields that content goes to are appended to `extra`.
pub(crate) fn checked(
    args: &mut Args,
    operation: Option<Operation>,
    extra: &mut Vec<Extra>,
    errors: &mut Errors,
) -> (Vec<Content>, Option<Output>) {
    let is_tool = operation == Some(Operation::ExecuteTool);
    let input = if is_tool { "gen_ai.tool.call.arguments" } else { "gen_ai.input.messages" };
    let slots = [
        ("input", input, &mut args.input),
        ("system_instructions", "gen_ai.system_instructions", &mut args.system_instructions),
        ("tool_definitions", "gen_ai.tool.definitions", &mut args.tool_definitions),
    ];
    let mut content = Vec::new();
    for (name, key, slot) in slots {
        let place = slot.key();
        let Some(given) = fits::take(slot, name, operation, errors) else { continue };
        if text::is_in_body(&given) {
            errors.at(&given, format_args!("`{name}` can't be told in the body; give an expression over the arguments"));
            continue;
        }
        if let (Some(text), Some(field)) = (text::text(name, given, errors), declare(name, key, place, extra, errors)) {
            content.push(Content { field, text });
        }
    }
    let key = if is_tool { "gen_ai.tool.call.result" } else { "gen_ai.output.messages" };
    let place = args.output.key();
    let reading = fits::take(&mut args.output, "output", operation, errors);
    let output = reading.and_then(|reading| Some(Output { field: declare("output", key, place, extra, errors)?, reading }));
    (content, output)
}

/// The position of a new field.
fn declare(name: &str, key: &str, place: impl ToTokens, extra: &mut Vec<Extra>, errors: &mut Errors) -> Option<usize> {
    if extra.iter().any(|other| other.key == key) {
        errors.at(place, format_args!("`{name}` sets `{key}`, which `fields(…)` sets too; remove one of them"));
        return None;
    }
    extra.push(Extra { key: key.to_owned(), value: Value::Empty });
    Some(extra.len() - 1)
}
