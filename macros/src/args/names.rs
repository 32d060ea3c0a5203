//! The names of the arguments, and what people write instead of them who know another crate or another contract.

use llm_span_contract::{ARGUMENTS, Argument, suggest::nearest};

use super::Key;

/// The arguments that are more than an attribute of the contract.
const GENERAL: [&str; 21] = [
    "operation",
    "provider",
    "model",
    "usage",
    "estimate",
    "name",
    "kind",
    "conversation",
    "session",
    "user",
    "input",
    "output",
    "system_instructions",
    "tool_definitions",
    "fields",
    "level",
    "target",
    "parent",
    "follows_from",
    "error_type",
    "crate",
];

const RENAMED: [(&str, &str); 53] = [
    ("system", "provider"),
    ("vendor", "provider"),
    ("llm.provider", "provider"),
    ("gen_ai.system", "provider"),
    ("gen_ai.provider.name", "provider"),
    ("llm.model", "model"),
    ("gen_ai.request.model", "model"),
    ("op", "operation"),
    ("request_type", "operation"),
    ("llm.request.type", "operation"),
    ("gen_ai.operation.name", "operation"),
    ("tokens", "usage"),
    ("error.type", "error_type"),
    ("attributes", "fields"),
    ("otel.kind", "kind"),
    ("span_kind", "kind"),
    ("otel.name", "name"),
    ("span_name", "name"),
    ("conversation_id", "conversation"),
    ("thread", "conversation"),
    ("thread_id", "conversation"),
    ("gen_ai.conversation.id", "conversation"),
    ("session_id", "session"),
    ("session.id", "session"),
    ("user_id", "user"),
    ("user.id", "user"),
    ("max_completion_tokens", "max_tokens"),
    ("max_output_tokens", "max_tokens"),
    ("num_predict", "max_tokens"),
    ("top_n", "top_k"),
    ("stop", "stop_sequences"),
    ("n", "choice_count"),
    ("choices", "choice_count"),
    ("response_format", "output_type"),
    ("encoding_format", "encoding_formats"),
    ("data_source_id", "data_source"),
    ("host", "server_address"),
    ("address", "server_address"),
    ("server", "server_address"),
    ("port", "server_port"),
    ("agent_name", "agent"),
    ("tool_name", "tool"),
    ("tool_id", "tool_call_id"),
    ("call_id", "tool_call_id"),
    ("workflow_name", "workflow"),
    ("prompt", "input"),
    ("messages", "input"),
    ("arguments", "input"),
    ("completion", "output"),
    ("result", "output"),
    ("system_prompt", "system_instructions"),
    ("instructions", "system_instructions"),
    ("tools", "tool_definitions"),
];

fn names() -> impl Iterator<Item = &'static str> {
    GENERAL.into_iter().chain(ARGUMENTS.iter().map(|argument| argument.name))
}

pub(super) fn is_name(text: &str) -> bool {
    names().any(|name| name == text)
}

/// The argument that is meant by a name that is none: told by its key, by what others call it, or by its spelling.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let renamed = RENAMED.iter().find(|(old, _)| *old == name).map(|(_, new)| *new);
    renamed.or_else(|| Argument::of_key(name).map(|argument| argument.name)).or_else(|| nearest(name, names()))
}

/// What is said of an argument of which nobody knows what is meant.
pub(super) fn unknown(key: &Key) -> String {
    let name = key.text();
    if ["skip", "skip_all", "err", "ret"].contains(&name) {
        return format!("unknown argument `{name}`; leave it out: no argument, response or error text is recorded");
    }
    if key.is_dotted() {
        return format!("unknown argument `{name}`; attributes of your own stand in `fields({name} = …)`");
    }
    let listed = |names: &mut dyn Iterator<Item = &str>| names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (general, fitting) = (listed(&mut GENERAL.into_iter()), listed(&mut ARGUMENTS.iter().map(|argument| argument.name)));
    format!(
        "unknown argument `{name}`; the arguments are {general}; where they fit the operation {fitting}; attributes of your own \
         stand in `fields({name} = …)`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_an_argument() {
        for (old, new) in RENAMED {
            assert!(!is_name(old), "{old}");
            assert!(is_name(new), "{new}");
        }
        assert_eq!(meant("gen_ai.request.temperature"), Some("temperature"));
        assert_eq!(meant("temprature"), Some("temperature"));
        assert_eq!(meant("colour"), None);
    }
}
