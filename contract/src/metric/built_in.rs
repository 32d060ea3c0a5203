//! The built-in sets: whose metrics each has, and the name it is chosen by.

use super::{MetricError, MetricSet, sets};
use crate::{Generation, suggest};

/// One sentence says whose a set is, to those who read the code and to those who read the set.
macro_rules! built_in {
    ($($(#[doc = $more:literal])* $set:ident = $description:literal;)*) => {
        impl MetricSet {
            $(
                #[doc = $description]
                $(#[doc = $more])*
                pub fn $set() -> Self {
                    Self::built_in(stringify!($set), $description, sets::$set::metrics())
                }
            )*
        }
    };
}

built_in! {
    amtp = "The token counters of the AMTP contract, and the cost beside them.";
    ///
    /// It measures requests as [`llm_gateway`](Self::llm_gateway) and [`twinkle`](Self::twinkle) do, under the conventions' names.
    http = "The server metrics of OpenTelemetry's HTTP conventions, as semantic-conventions has them since v1.23.";
    llama_stack = "Llama Stack's token counters; each measurement is told as a metric event, too.";
    ///
    /// A provider call is a span `provider.generate` or `provider.generate_stream`, or any call that generates text. Where one stands inside
    /// another, tokens that the outer one repeats are counted once, but requests and durations of both: give the outer span another name.
    llm_gateway = "An LLM gateway's: HTTP requests, provider calls, the conversation store.";
    twinkle = "Twinkle's: HTTP requests, the task queue, what is active.";
    spanmetrics = "What Tempo's metrics generator derives from sampled traces: calls and durations of every span, here of all of them.";
    mcp = "Of servers and clients of the Model Context Protocol.";
    violations = "Violations of contracts.";
}

impl MetricSet {
    /// The names of the built-in sets.
    pub const NAMES: [&'static str; 11] = [
        "amtp",
        "gen_ai",
        "gen_ai/g2",
        "gen_ai/g3",
        "http",
        "llama_stack",
        "llm_gateway",
        "twinkle",
        "spanmetrics",
        "mcp",
        "violations",
    ];

    /// The client metrics of the OpenTelemetry GenAI conventions, of a generation.
    pub fn gen_ai(generation: Generation) -> Self {
        let description = match generation {
            Generation::G1 => {
                "The client metrics of OpenTelemetry's GenAI conventions, as semantic-conventions v1.41.1 has them."
            }
            Generation::G2 => {
                "The client metrics of OpenTelemetry's GenAI conventions, as semantic-conventions-genai had them in October 2026."
            }
            Generation::G3 => {
                "The client metrics of OpenTelemetry's GenAI conventions, as semantic-conventions-genai has them since."
            }
        };
        Self::built_in(generation.contract_name(), description, sets::gen_ai::metrics(generation))
    }

    /// The built-in set of that name, one of [`MetricSet::NAMES`]; `gen_ai/g1` is `gen_ai`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "amtp" => Some(Self::amtp()),
            "gen_ai" | "gen_ai/g1" => Some(Self::gen_ai(Generation::G1)),
            "gen_ai/g2" => Some(Self::gen_ai(Generation::G2)),
            "gen_ai/g3" => Some(Self::gen_ai(Generation::G3)),
            "http" => Some(Self::http()),
            "llama_stack" => Some(Self::llama_stack()),
            "llm_gateway" => Some(Self::llm_gateway()),
            "twinkle" => Some(Self::twinkle()),
            "spanmetrics" => Some(Self::spanmetrics()),
            "mcp" => Some(Self::mcp()),
            "violations" => Some(Self::violations()),
            _ => None,
        }
    }

    /// The built-in set of that name, or why there is none.
    pub(super) fn find(name: &str) -> Result<Self, MetricError> {
        Self::named(name).ok_or_else(|| {
            let help =
                suggest::nearest(name, Self::NAMES).map_or_else(Self::expected, |nearest| format!("did you mean `{nearest}`?"));
            MetricError::new(format!("there is no metric set `{name}`; {help}"))
        })
    }

    /// What may be chosen.
    pub(super) fn expected() -> String {
        format!("expected one of {}", Self::NAMES.map(|name| format!("`{name}`")).join(", "))
    }
}
