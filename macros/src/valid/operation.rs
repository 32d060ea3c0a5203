//! `operation`: one of the contract's.

use llm_span_contract::{Operation, OperationSet, suggest::nearest};
use syn::{Ident, Lit};

use super::{fits::listed, kind};
use crate::{
    args::{Args, literal},
    errors::Errors,
};

/// Names that other systems give to these operations.
const RENAMED: [(&str, Operation); 22] = [
    ("completion", Operation::TextCompletion),
    ("complete", Operation::TextCompletion),
    ("completions", Operation::TextCompletion),
    ("chat_completion", Operation::Chat),
    ("chat.completion", Operation::Chat),
    ("messages", Operation::Chat),
    ("responses", Operation::Chat),
    ("embedding", Operation::Embeddings),
    ("embed", Operation::Embeddings),
    ("rerank", Operation::Retrieval),
    ("search", Operation::Retrieval),
    ("generate", Operation::GenerateContent),
    ("agent", Operation::InvokeAgent),
    ("run_agent", Operation::InvokeAgent),
    ("call_agent", Operation::InvokeAgent),
    ("new_agent", Operation::CreateAgent),
    ("tool", Operation::ExecuteTool),
    ("tool_call", Operation::ExecuteTool),
    ("call_tool", Operation::ExecuteTool),
    ("function_call", Operation::ExecuteTool),
    ("workflow", Operation::InvokeWorkflow),
    ("run_workflow", Operation::InvokeWorkflow),
];

pub(crate) fn required(args: &mut Args, place: Option<&Ident>, errors: &mut Errors) -> Option<Operation> {
    let Some(given) = args.operation.take() else {
        if let Some(place) = place.filter(|_| !args.tried("operation") && !kind::is_operation(args)) {
            errors.at(
                place,
                format_args!(
                    "missing required argument `operation`\n\nhelp: add it: `#[llm_span(operation = \"chat\", …)]`; known operations: {}",
                    known()
                ),
            );
        }
        return None;
    };
    let Some(Lit::Str(text)) = literal(&given.value) else {
        errors.at(
            &given.value,
            format_args!(
                "`operation` is a string literal: it decides at compile time what the span is named and must carry; one of {}",
                known()
            ),
        );
        return None;
    };
    match find(&text.value()) {
        Ok(operation) => Some(operation),
        Err(message) => {
            errors.at(text, message);
            None
        }
    }
}

fn find(text: &str) -> Result<Operation, String> {
    if text.is_empty() {
        return Err(format!("`operation` is empty; one of {}", known()));
    }
    if let Some(operation) = Operation::from_name(text) {
        return Ok(operation);
    }
    let renamed = RENAMED.iter().find(|(old, _)| *old == text).map(|(_, operation)| operation.name());
    Err(match renamed.or_else(|| nearest(text, Operation::ALL.map(Operation::name))) {
        Some(meant) => format!("unknown operation `{text}`; did you mean `{meant}`?"),
        None => format!("unknown operation `{text}`; known operations: {}", known()),
    })
}

fn known() -> String {
    listed(OperationSet::ALL)
}
