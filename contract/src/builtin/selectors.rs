//! Which spans the built-in contracts are about. Their metrics are about the same ones.

use super::key;
use crate::{Selector, keys};

/// `gen_ai.request.model` does not select: every span of the GenAI conventions has it.
pub(crate) fn amtp() -> Vec<Selector> {
    let keys = [
        keys::LLM_PROVIDER,
        keys::LLM_MODEL,
        keys::LLM_REQUEST_TYPE,
        keys::LLM_TOKENS_PROMPT,
        keys::LLM_TOKENS_COMPLETION,
        keys::LLM_TOKENS_TOTAL,
        keys::GEN_AI_SYSTEM,
    ];
    let name = Selector::Name(key("llm.completion"));
    std::iter::once(name).chain(keys.map(|of| Selector::Attribute(key(of)))).collect()
}

/// Ids that are carried for correlation (`gen_ai.conversation.id`) do not select.
pub(crate) fn gen_ai() -> Vec<Selector> {
    let keys = [
        keys::GEN_AI_OPERATION_NAME,
        keys::GEN_AI_PROVIDER_NAME,
        keys::GEN_AI_SYSTEM,
        keys::GEN_AI_REQUEST_MODEL,
        keys::GEN_AI_RESPONSE_MODEL,
        keys::GEN_AI_USAGE_INPUT_TOKENS,
        keys::GEN_AI_USAGE_OUTPUT_TOKENS,
        "gen_ai.usage.prompt_tokens",
        "gen_ai.usage.completion_tokens",
    ];
    keys.map(|of| Selector::Attribute(key(of))).into()
}

/// Those of all of them, each once.
pub(crate) fn all() -> Vec<Selector> {
    let mut all = amtp();
    for selector in gen_ai() {
        if !all.contains(&selector) {
            all.push(selector);
        }
    }
    all
}
