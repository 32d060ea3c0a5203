//! The AMTP contract: eight attributes that the LLM Token Accounting dashboard and the span metrics select on. Its counters stand
//! with the other metrics.

use super::{key, own, selectors, sum};
use crate::{
    Attribute, AttributeType, Contract, Demand, OperationSet, Relation,
    Requirement::{OnSuccess, Required},
    keys,
    metric::sets,
};

const ALWAYS: &[Demand] = &[Demand::new(OperationSet::ALL, Required)];
/// Retrieval uses no tokens; embeddings have a prompt and a true 0 of completion.
const TOKENS: &[Demand] = &[Demand::new(WITH_TOKENS, OnSuccess)];
const WITH_TOKENS: OperationSet = OperationSet::GENERATION.union(OperationSet::of(&[crate::Operation::Embeddings]));

pub(crate) fn contract() -> Contract {
    Contract {
        name: key("amtp"),
        selectors: selectors::amtp(),
        attributes: attributes(),
        relations: vec![
            sum(keys::LLM_TOKENS_TOTAL, [keys::LLM_TOKENS_PROMPT, keys::LLM_TOKENS_COMPLETION]),
            Relation::SameProvider(key(keys::GEN_AI_SYSTEM), key(keys::LLM_PROVIDER)),
            Relation::Equal(key(keys::GEN_AI_REQUEST_MODEL), key(keys::LLM_MODEL)),
        ],
        deprecated: Vec::new(),
        metrics: sets::amtp::metrics(),
        strict: false,
    }
}

fn attributes() -> Vec<Attribute> {
    use AttributeType::{Int, String};
    let start = |key, ty| Attribute::new(key, ty).at_creation().demand(ALWAYS);
    let tokens = |key| Attribute::new(key, Int).demand(TOKENS).non_negative();
    let mut all = vec![
        start(keys::LLM_PROVIDER, String).doc("Who serves the model.", "openai"),
        start(keys::LLM_MODEL, String).doc("The model asked for.", "gpt-4o"),
        start(keys::LLM_REQUEST_TYPE, String)
            .one_of(["chat", "completion", "embedding", "rerank"])
            .doc("What kind of request it is.", "chat"),
        tokens(keys::LLM_TOKENS_PROMPT).doc("Tokens of the prompt.", "128"),
        tokens(keys::LLM_TOKENS_COMPLETION).doc("Tokens of the completion.", "64"),
        tokens(keys::LLM_TOKENS_TOTAL).doc("Prompt and completion together.", "192"),
        start(keys::GEN_AI_SYSTEM, String).doc("Who serves the model, in the spelling of `gen_ai.system`.", "openai"),
        start(keys::GEN_AI_REQUEST_MODEL, String).doc("The model asked for, as `llm.model` says it.", "gpt-4o"),
    ];
    all.extend(own());
    all
}
