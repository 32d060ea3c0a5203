//! Llama Stack's token counters, one measurement a request, each told as a metric event, too.
//!
//! Source: Llama Stack's documentation of its telemetry, September 2025.

use super::common::{completion_tokens, prompt_tokens};
use crate::{Amount, Label, Measure, Metric, OperationSet, keys};

pub(crate) fn metrics() -> Vec<Metric> {
    let total = Amount::of(keys::LLM_TOKENS_TOTAL)
        .or_sum([keys::LLM_TOKENS_PROMPT, keys::LLM_TOKENS_COMPLETION])
        .or_sum([keys::GEN_AI_USAGE_INPUT_TOKENS, keys::GEN_AI_USAGE_OUTPUT_TOKENS])
        .or_sum(["gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens"]);
    vec![
        tokens("llama_stack_prompt_tokens_total", "prompt_tokens", "Tokens of prompts.", prompt_tokens()),
        tokens("llama_stack_completion_tokens_total", "completion_tokens", "Tokens of completions.", completion_tokens()),
        tokens("llama_stack_tokens_total", "total_tokens", "Tokens of prompts and completions.", total),
    ]
}

/// The unit is `tokens`; it stands in braces, so that no way into Prometheus appends it to the name.
fn tokens(name: &'static str, event: &'static str, description: &'static str, amount: Amount) -> Metric {
    Metric::counter(name)
        .unit("{tokens}")
        .description(description)
        .of_calls(OperationSet::MODEL_CALLS)
        .measure(Measure::Tokens(amount))
        .label(Label::of("model_id", [keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL]))
        .label(Label::of("provider_id", [keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM]))
        .event(event)
        .finish()
}
