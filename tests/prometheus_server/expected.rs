//! What each query has to find, after some rounds of calls.

use llm_span_examples::provider::Served;

use crate::{document::Query, sample::Sample};

/// What a query has to find.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// One number: what the provider says it has served.
    Served(fn(&Served) -> u64),
    /// A number for each value of a label, which make together what the provider says it has served.
    ServedBy(&'static str, &'static [&'static str], fn(&Served) -> u64),
    /// More than 0 in every series, and some under these labels, at least.
    Grows(&'static [&'static [(&'static str, &'static str)]]),
    /// A time in every series, up to so long, and some under these labels, at least.
    UpTo(f64, &'static [&'static [(&'static str, &'static str)]]),
    /// This number.
    Stands(f64),
}

use Expected::{Grows, Served as Is, ServedBy, Stands, UpTo};

const AMTP: &str = "AMTP, LLM Token Accounting";
const GATEWAY: &str = "LLM gateway";
const LLAMA_STACK: &str = "Llama Stack";
const TWINKLE: &str = "Twinkle, Server Overview";

/// A minute: what no call of the service takes, however busy the machine is.
const MINUTE: f64 = 60.0;
const MODELS: &[&str] = &["gpt-4o", "text-embedding-3-small"];
const DEPLOYMENTS: &[&[(&str, &str)]] = &[&[("deployment", "Gateway")], &[("deployment", "Sampler")]];
const TASKS: &[&[(&str, &str)]] = &[&[("task_type", "sample")], &[("task_type", "train")], &[("task_type", "endless")]];
const REQUESTS: &[&[(&str, &str)]] = &[
    &[("method", "POST"), ("path", "/v1/responses"), ("status", "200")],
    &[("method", "POST"), ("path", "/v1/responses"), ("status", "502")],
    &[("method", "DELETE"), ("path", "/v1/conversations/{id}"), ("status", "200")],
    &[("method", "GET"), ("path", "unmatched"), ("status", "404")],
];
const PROVIDER: &[&[(&str, &str)]] = &[&[("provider", "openai"), ("model", "gpt-4o")]];

/// By dashboard and panel, in the document's order.
pub(crate) const ALL: [(&str, &str, Expected); 28] = [
    (AMTP, "Total Tokens", Is(Served::total_tokens)),
    (AMTP, "Prompt Tokens", Is(|served| served.prompt_tokens)),
    (AMTP, "Completion Tokens", Is(|served| served.completion_tokens)),
    (AMTP, "P95 LLM Latency (ms)", UpTo(MINUTE * 1e3, &[])),
    (AMTP, "LLM Calls / sec", Grows(&[])),
    (AMTP, "Token Rate (per minute), prompt", Grows(&[])),
    (AMTP, "Token Rate (per minute), completion", Grows(&[])),
    (AMTP, "Token Rate (per minute), total", Grows(&[])),
    (GATEWAY, "Request rate", Grows(REQUESTS)),
    (GATEWAY, "P95 latency", UpTo(MINUTE, REQUESTS)),
    (GATEWAY, "Error rate", Grows(&[&[("path", "/v1/responses"), ("status", "502")]])),
    (
        GATEWAY,
        "Tokens per minute by model",
        Grows(&[&[("model", "gpt-4o"), ("type", "input")], &[("model", "gpt-4o"), ("type", "output")]]),
    ),
    (GATEWAY, "Provider latency by model", UpTo(MINUTE, PROVIDER)),
    (LLAMA_STACK, "Total tokens used across all models", Is(Served::total_tokens)),
    (LLAMA_STACK, "Tokens per model", ServedBy("model_id", MODELS, Served::total_tokens)),
    (LLAMA_STACK, "Average tokens per request over 5 minutes", Grows(&[&[("model_id", "gpt-4o"), ("provider_id", "openai")]])),
    (LLAMA_STACK, "Token usage by provider", ServedBy("provider_id", &["openai"], Served::total_tokens)),
    (TWINKLE, "HTTP request rate by deployment", Grows(DEPLOYMENTS)),
    (TWINKLE, "HTTP P95 latency by deployment", UpTo(MINUTE, DEPLOYMENTS)),
    (TWINKLE, "Active sessions", Stands(1.0)),
    (TWINKLE, "Active models", Stands(1.0)),
    (TWINKLE, "Active sampling sessions", Stands(0.0)),
    (TWINKLE, "Active futures", Stands(0.0)),
    (TWINKLE, "Task queue depth", Stands(0.0)),
    (TWINKLE, "Task execution P95", UpTo(MINUTE, TASKS)),
    (TWINKLE, "Task wait P95", UpTo(MINUTE, TASKS)),
    (TWINKLE, "Rate-limit rejections", Grows(&[&[("deployment", "Sampler")]])),
    (
        TWINKLE,
        "Task completions by status",
        Grows(&[&[("status", "completed")], &[("status", "failed")], &[("status", "timeout")]]),
    ),
];

impl Expected {
    /// What is expected of a query of the document.
    pub(crate) fn of(query: &Query) -> Option<Self> {
        let found = ALL.iter().find(|(dashboard, panel, _)| (*dashboard, *panel) == (query.dashboard, query.panel));
        found.map(|(.., expected)| *expected)
    }

    /// Panics where that was not found.
    #[track_caller]
    pub(crate) fn check(self, query: &Query, found: &[Sample], served: &Served) {
        assert!(!found.is_empty(), "{query:?} finds nothing");
        let is = |value: f64, number: u64| (value - float(number)).abs() < 1e-6;
        let holds = match self {
            Is(of) => found.len() == 1 && is(found[0].value, of(served)) && found[0].value > 0.0,
            Stands(number) => found.len() == 1 && (found[0].value - number).abs() < 1e-9,
            ServedBy(label, values, of) => {
                let told: Vec<&str> = found.iter().map(|sample| sample.label(label)).collect();
                is(found.iter().map(|sample| sample.value).sum(), of(served))
                    && told.len() == values.len()
                    && values.iter().all(|value| told.contains(value))
            }
            Grows(some) => found.iter().all(|sample| sample.value > 0.0 && sample.value.is_finite()) && all_in(some, found),
            UpTo(most, some) => found.iter().all(|sample| sample.value > 0.0 && sample.value <= most) && all_in(some, found),
        };
        assert!(holds, "{query:?} is to be {self:?}, served were {served:?}; found:\n{found:#?}");
    }
}

/// Whether each of these sets of labels is among those that were found.
fn all_in(some: &[&[(&str, &str)]], found: &[Sample]) -> bool {
    let is_in = |labels: &[(&str, &str)], sample: &Sample| labels.iter().all(|(name, value)| sample.label(name) == *value);
    some.iter().all(|labels| found.iter().any(|sample| is_in(labels, sample)))
}

/// Token counts of a test are far below what a double keeps.
fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}
