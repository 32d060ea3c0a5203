//! The arguments of `#[llm_span]` that stand for one attribute each, and the operations that they fit.
//!
//! The sets follow what the conventions state of each operation; a test holds them against the contract's demands.

use crate::{Operation, OperationSet};

/// An argument of the attribute, such as `temperature`, that is recorded under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Argument {
    /// The name as it is written in the attribute.
    pub name: &'static str,
    /// The key it is recorded under.
    pub key: &'static str,
    /// The operations it fits.
    pub operations: OperationSet,
    /// The operations that can't do without it.
    pub required: OperationSet,
}

impl Argument {
    /// The argument of that name.
    ///
    /// ```
    /// use llm_span_contract::{Argument, Operation};
    ///
    /// let tool = Argument::named("tool").unwrap();
    /// assert_eq!(tool.key, "gen_ai.tool.name");
    /// assert!(tool.required.contains(Operation::ExecuteTool));
    /// assert_eq!(Argument::named("tenant"), None);
    /// ```
    pub fn named(name: &str) -> Option<&'static Self> {
        ARGUMENTS.iter().find(|argument| argument.name == name)
    }

    /// The argument that records `key`.
    pub fn of_key(key: &str) -> Option<&'static Self> {
        ARGUMENTS.iter().find(|argument| argument.key == key)
    }
}

const REQUESTS: OperationSet = OperationSet::GENERATION.union(OperationSet::of(&[Operation::InvokeAgent]));
const RANKING: OperationSet = OperationSet::GENERATION.union(OperationSet::of(&[Operation::Retrieval]));
const EMBEDDINGS: OperationSet = OperationSet::of(&[Operation::Embeddings]);
const SOURCES: OperationSet = OperationSet::of(&[Operation::Retrieval, Operation::InvokeAgent]);
const AGENTS: OperationSet = OperationSet::of(&[Operation::CreateAgent, Operation::InvokeAgent]);
const TOOLS: OperationSet = OperationSet::of(&[Operation::ExecuteTool]);
const WORKFLOWS: OperationSet = OperationSet::of(&[Operation::InvokeWorkflow]);
/// What may leave the process. Tools and workflows never do: their spans name no server.
const REMOTE: OperationSet = OperationSet::MODEL_CALLS.union(AGENTS);

const fn fits(operations: OperationSet, name: &'static str, key: &'static str) -> Argument {
    Argument { name, key, operations, required: OperationSet::NONE }
}

/// All of them, in the order in which documentation and messages list them.
pub const ARGUMENTS: &[Argument] = &[
    fits(REQUESTS, "temperature", "gen_ai.request.temperature"),
    fits(REQUESTS, "max_tokens", "gen_ai.request.max_tokens"),
    fits(REQUESTS, "top_p", "gen_ai.request.top_p"),
    fits(RANKING, "top_k", "gen_ai.request.top_k"),
    fits(REQUESTS, "frequency_penalty", "gen_ai.request.frequency_penalty"),
    fits(REQUESTS, "presence_penalty", "gen_ai.request.presence_penalty"),
    fits(REQUESTS, "stop_sequences", "gen_ai.request.stop_sequences"),
    fits(REQUESTS, "choice_count", "gen_ai.request.choice.count"),
    fits(REQUESTS, "seed", "gen_ai.request.seed"),
    fits(REQUESTS, "output_type", "gen_ai.output.type"),
    fits(EMBEDDINGS, "dimensions", "gen_ai.embeddings.dimension.count"),
    fits(EMBEDDINGS, "encoding_formats", "gen_ai.request.encoding_formats"),
    fits(SOURCES, "data_source", "gen_ai.data_source.id"),
    fits(REMOTE, "server_address", crate::keys::SERVER_ADDRESS),
    fits(REMOTE, "server_port", crate::keys::SERVER_PORT),
    fits(AGENTS.union(TOOLS), "agent", "gen_ai.agent.name"),
    fits(AGENTS, "agent_id", "gen_ai.agent.id"),
    fits(AGENTS, "agent_description", "gen_ai.agent.description"),
    fits(AGENTS, "agent_version", "gen_ai.agent.version"),
    Argument { required: TOOLS, ..fits(TOOLS, "tool", "gen_ai.tool.name") },
    fits(TOOLS, "tool_call_id", "gen_ai.tool.call.id"),
    fits(TOOLS, "tool_type", "gen_ai.tool.type"),
    fits(TOOLS, "tool_description", "gen_ai.tool.description"),
    fits(WORKFLOWS, "workflow", "gen_ai.workflow.name"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Contract, Generation, Requirement, SpanKind};

    /// Whether the contract speaks of `key` on spans of `operation`.
    fn stated(contract: &Contract, key: &str, operation: Operation) -> Option<Requirement> {
        let attribute = contract.attributes.iter().find(|attribute| attribute.key == key);
        attribute.unwrap_or_else(|| panic!("{key} is in no contract")).requirement(Some(operation))
    }

    #[test]
    fn an_argument_fits_the_operations_of_which_the_contract_states_its_key() {
        let contract = Contract::gen_ai(Generation::G1);
        for argument in ARGUMENTS {
            for operation in Operation::ALL {
                // Of servers the contract speaks on all spans; those that are always internal have none.
                let internal = argument.key.starts_with("server.") && operation.span_kind() == SpanKind::Internal;
                let requirement = stated(&contract, argument.key, operation).filter(|_| !internal);
                let at = format!("{} of {operation}", argument.name);
                assert_eq!(argument.operations.contains(operation), requirement.is_some(), "{at}");
                assert_eq!(argument.required.contains(operation), requirement == Some(Requirement::Required), "{at}");
            }
        }
    }

    #[test]
    fn no_name_and_no_key_stands_twice() {
        for (i, argument) in ARGUMENTS.iter().enumerate() {
            let others = &ARGUMENTS[i + 1..];
            assert!(others.iter().all(|other| other.name != argument.name && other.key != argument.key), "{}", argument.name);
            assert_eq!(Argument::named(argument.name), Some(argument));
            assert_eq!(Argument::of_key(argument.key), Some(argument));
        }
    }
}
