//! The shapes, and who sends which.

use llm_span_contract::provider;
use serde_json::Value;

use super::{anthropic, bedrock, cohere, gemini, ollama, openai, tgi};
use crate::usage::Report;

/// The shape of the JSON that a provider sends: where in it usage, id, model and finish reasons stand.
///
/// A complete response and each event of a stream are read alike; what an event does not tell stays absent. Counts are those of
/// the OpenTelemetry GenAI conventions: the prompt holds what was cached, the completion what was reasoning, whichever way the
/// provider counts. A value that is not a valid count is reported, see [`Usage::invalid`](crate::Usage::invalid).
///
/// ```
/// use llm_span::{Usage, WireFormat, llm_span};
/// use serde_json::{Value, json};
///
/// #[llm_span(operation = "chat", provider = "anthropic", model = "claude-sonnet-4-5", usage = |r| WireFormat::Anthropic.read(r))]
/// async fn complete() -> Result<Value, std::io::Error> {
///     // …
/// #   Ok(Value::Null)
/// }
///
/// let message = json!({ "usage": { "input_tokens": 3, "cache_read_input_tokens": 125, "output_tokens": 64 } });
/// assert_eq!(WireFormat::Anthropic.read(&message).usage, Some(Usage::new(128, 64).cache_read(125)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WireFormat {
    /// OpenAI's chat completions, completions, responses, embeddings, transcriptions, and all that speak like it: Azure OpenAI,
    /// Mistral, Groq (`x_groq.usage` too), `DeepSeek` (`prompt_cache_hit_tokens` too), vLLM, xAI, the `/v1` of others.
    OpenAi,
    /// Anthropic's messages. The input they tell leaves the cache out; it is made whole.
    Anthropic,
    /// `generateContent` of Gemini and Vertex AI. The thoughts, which they tell beside the candidates, are output; the prompts of
    /// tools are input.
    Gemini,
    /// Amazon Bedrock's `Converse` and `ConverseStream`. The input they tell leaves the cache out; it is made whole.
    Bedrock,
    /// Cohere's chat and embed, version 2. Where counts are told as processed and as billed, the billed ones hold.
    Cohere,
    /// Ollama's `/api/chat`, `/api/generate` and `/api/embed`; its `/v1` too.
    Ollama,
    /// `/generate` and `/generate_stream` of Text Generation Inference; its `/v1` too. A complete response tells its input only
    /// with `decoder_input_details`.
    Tgi,
}

impl WireFormat {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::OpenAi, Self::Anthropic, Self::Gemini, Self::Bedrock, Self::Cohere, Self::Ollama, Self::Tgi];

    /// What a provider of that name sends, in the spelling of `gen_ai.provider.name` or of `gen_ai.system`; `None` where that is not
    /// known.
    ///
    /// ```
    /// use llm_span::WireFormat;
    ///
    /// assert_eq!(WireFormat::of_provider("aws.bedrock"), Some(WireFormat::Bedrock));
    /// assert_eq!(WireFormat::of_provider("groq"), Some(WireFormat::OpenAi));
    /// assert_eq!(WireFormat::of_provider("my-own"), None);
    /// ```
    pub fn of_provider(name: &str) -> Option<Self> {
        Some(match provider::name(name) {
            "openai" | "azure.ai.openai" | "azure.ai.inference" | "deepseek" | "groq" | "mistral_ai" | "moonshot_ai"
            | "perplexity" | "vllm" | "x_ai" => Self::OpenAi,
            "anthropic" => Self::Anthropic,
            "gcp.gemini" | "gcp.gen_ai" | "gcp.vertex_ai" => Self::Gemini,
            "aws.bedrock" => Self::Bedrock,
            "cohere" => Self::Cohere,
            "ollama" => Self::Ollama,
            "tgi" => Self::Tgi,
            _ => return None,
        })
    }

    /// What a response, or an event of a stream, tells.
    ///
    /// Of a stream the later event holds for what it tells: a call does so with its chunks, [`Report::update`] outside of one.
    pub fn read(self, response_or_event: &Value) -> Report<'_> {
        match self {
            Self::OpenAi => openai::read(response_or_event),
            Self::Anthropic => anthropic::read(response_or_event),
            Self::Gemini => gemini::read(response_or_event),
            Self::Bedrock => bedrock::read(response_or_event),
            Self::Cohere => cohere::read(response_or_event),
            Self::Ollama => ollama::read(response_or_event),
            Self::Tgi => tgi::read(response_or_event),
        }
    }
}
