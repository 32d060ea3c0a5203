//! Which operations an argument fits.

use llm_span_contract::{Argument, Operation, OperationSet};
use quote::ToTokens;

use crate::{args::Slot, errors::Errors};

const AGENTS: OperationSet = OperationSet::of(&[Operation::CreateAgent, Operation::InvokeAgent]);
const INVOKE_AGENT: OperationSet = OperationSet::of(&[Operation::InvokeAgent]);
const WORKFLOW: OperationSet = OperationSet::of(&[Operation::InvokeWorkflow]);
const TOOL: OperationSet = OperationSet::of(&[Operation::ExecuteTool]);
/// What speaks to a model, at once or through an agent.
const TALKS: OperationSet = OperationSet::GENERATION.union(INVOKE_AGENT);

/// The operations that the argument is for.
pub(crate) fn operations(name: &str) -> OperationSet {
    match name {
        "provider" | "model" => OperationSet::MODEL_CALLS.union(AGENTS),
        "usage" => OperationSet::MODEL_CALLS.union(AGENTS).union(WORKFLOW),
        "estimate" => OperationSet::MODEL_CALLS,
        "input" | "output" => TALKS.union(WORKFLOW).union(TOOL),
        "system_instructions" => OperationSet::GENERATION.union(AGENTS),
        "tool_definitions" => TALKS,
        name => Argument::named(name).map_or(OperationSet::ALL, |argument| argument.operations),
    }
}

/// The operations that can't do without the argument.
pub(crate) fn required(name: &str) -> OperationSet {
    match name {
        "provider" => OperationSet::MODEL_CALLS.union(OperationSet::of(&[Operation::CreateAgent])),
        "model" => OperationSet::MODEL_CALLS,
        name => Argument::named(name).map_or(OperationSet::NONE, |argument| argument.required),
    }
}

/// Whether the argument, which stands at `place`, fits; tells it if not. Of an unknown operation everything fits.
pub(crate) fn check(name: &str, place: impl ToTokens, operation: Option<Operation>, errors: &mut Errors) -> bool {
    let fitting = operations(name);
    let Some(operation) = operation.filter(|operation| !fitting.contains(*operation)) else { return true };
    errors.at(place, format_args!("`{name}` is for {}, not for `{operation}`; {}", listed(fitting), remedy(name, operation)));
    false
}

/// What was given, if it fits.
pub(crate) fn take<T>(slot: &mut Slot<T>, name: &str, operation: Option<Operation>, errors: &mut Errors) -> Option<T> {
    let given = slot.take()?;
    check(name, &given.key, operation, errors).then_some(given.value)
}

fn remedy(name: &str, operation: Operation) -> String {
    match (name, operation) {
        ("provider" | "model", _) => "remove it: this asks no model by itself".to_owned(),
        ("usage" | "estimate", Operation::ExecuteTool) => {
            "remove it: a tool uses no tokens, the calls that it makes tell theirs".to_owned()
        }
        ("estimate", _) => "remove it: the calls below it are estimated where they are made".to_owned(),
        _ => match Argument::named(name) {
            Some(argument) if !argument.key.starts_with("server.") => {
                format!("remove it, or set the attribute as one of your own: `fields({} = …)`", argument.key)
            }
            _ => "remove it".to_owned(),
        },
    }
}

/// Operations as a message lists them.
pub(crate) fn listed(operations: OperationSet) -> String {
    let listed = Operation::ALL.into_iter().filter(|operation| operations.contains(*operation));
    listed.map(|operation| format!("`{operation}`")).collect::<Vec<_>>().join(", ")
}
