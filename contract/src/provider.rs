//! Spellings of providers' names.
//!
//! `gen_ai.provider.name` and the older `gen_ai.system` spell some providers differently. The tables are the registry of the
//! OpenTelemetry semantic conventions v1.41.1; both sets are open: an unknown name is passed through as it is.

/// The well-known values of `gen_ai.provider.name`.
pub const NAMES: [&str; 16] = [
    "openai",
    "anthropic",
    "gcp.gemini",
    "gcp.vertex_ai",
    "gcp.gen_ai",
    "aws.bedrock",
    "azure.ai.openai",
    "azure.ai.inference",
    "cohere",
    "deepseek",
    "groq",
    "ibm.watsonx.ai",
    "mistral_ai",
    "perplexity",
    "x_ai",
    "moonshot_ai",
];

/// `(gen_ai.provider.name, gen_ai.system)` where they differ.
const DIFFERENT: [(&str, &str); 5] = [
    ("gcp.vertex_ai", "vertex_ai"),
    ("gcp.gemini", "gemini"),
    ("azure.ai.inference", "az.ai.inference"),
    ("azure.ai.openai", "az.ai.openai"),
    ("x_ai", "xai"),
];

/// The spelling of `gen_ai.provider.name` (and of `llm.provider`) for a name in either spelling.
///
/// ```
/// use llm_span_contract::provider;
///
/// assert_eq!(provider::name("gemini"), "gcp.gemini");
/// assert_eq!(provider::name("openai"), "openai");
/// assert_eq!(provider::name("my-own"), "my-own");
/// ```
pub fn name(provider: &str) -> &str {
    DIFFERENT.iter().find(|(_, system)| *system == provider).map_or(provider, |(name, _)| name)
}

/// The spelling of `gen_ai.system` for a name in either spelling.
///
/// ```
/// assert_eq!(llm_span_contract::provider::system("gcp.gemini"), "gemini");
/// ```
pub fn system(provider: &str) -> &str {
    DIFFERENT.iter().find(|(name, _)| *name == provider).map_or(provider, |(_, system)| system)
}

/// Whether the two name the same provider, each in its own or the other's spelling.
pub fn same(a: &str, b: &str) -> bool {
    name(a) == name(b)
}
