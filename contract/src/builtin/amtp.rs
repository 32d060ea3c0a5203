//! The AMTP contract: eight attributes that the LLM Token Accounting dashboard and the span metrics select on, the three counters it
//! reads, and the cost beside them.

use super::{estimated, key, own, sum};
use crate::{
    Amount, Attribute, AttributeType, Contract, Demand, Label, Measure, Metric, MetricKind, OperationSet, Point, Relation,
    Requirement::{OnSuccess, Required},
    Selector, Spans, keys,
};

const ALWAYS: &[Demand] = &[Demand::new(OperationSet::ALL, Required)];
/// Retrieval uses no tokens; embeddings have a prompt and a true 0 of completion.
const TOKENS: &[Demand] = &[Demand::new(WITH_TOKENS, OnSuccess)];
const WITH_TOKENS: OperationSet = OperationSet::GENERATION.union(OperationSet::of(&[crate::Operation::Embeddings]));

pub(crate) fn contract() -> Contract {
    Contract {
        name: key("amtp"),
        selectors: selectors(),
        attributes: attributes(),
        relations: vec![
            sum(keys::LLM_TOKENS_TOTAL, [keys::LLM_TOKENS_PROMPT, keys::LLM_TOKENS_COMPLETION]),
            Relation::SameProvider(key(keys::GEN_AI_SYSTEM), key(keys::LLM_PROVIDER)),
            Relation::Equal(key(keys::GEN_AI_REQUEST_MODEL), key(keys::LLM_MODEL)),
        ],
        deprecated: Vec::new(),
        metrics: metrics(),
        strict: false,
    }
}

/// `gen_ai.request.model` does not select: every span of the GenAI conventions has it.
fn selectors() -> Vec<Selector> {
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

fn metrics() -> Vec<Metric> {
    vec![
        tokens("prompt_tokens", "Tokens of prompts.", keys::LLM_TOKENS_PROMPT),
        tokens("completion_tokens", "Tokens of completions.", keys::LLM_TOKENS_COMPLETION),
        tokens("total_tokens", "Tokens of prompts and completions.", keys::LLM_TOKENS_TOTAL),
        cost(),
    ]
}

/// The unit stands in braces: so the Collector's Prometheus exporter does not append it to the name.
fn tokens(name: &'static str, description: &'static str, from: &'static str) -> Metric {
    metric(name, MetricKind::Counter, "{token}", description, Measure::Tokens(Amount::of(from)))
}

/// What calls cost, by the price table that the user has given. A call of unknown cost makes no series.
fn cost() -> Metric {
    let measure = Measure::Cost(Amount::of(keys::LLM_COST_USD));
    metric("cost_usd", MetricKind::DecimalCounter, "{USD}", "Cost of calls, in US dollars.", measure)
}

fn metric(name: &'static str, kind: MetricKind, unit: &'static str, description: &'static str, measure: Measure) -> Metric {
    let labels = [keys::LLM_MODEL, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM].map(Label::from);
    Metric {
        name: key(name),
        namespace: Some(key("llm")),
        kind,
        unit: key(unit),
        description: key(description),
        spans: Spans { selectors: selectors(), operations: Some(OperationSet::MODEL_CALLS), conditions: Vec::new() },
        points: vec![Point { measure, fixed: Vec::new() }],
        labels: labels.into_iter().chain([estimated()]).collect(),
        event: None,
    }
}
