//! `usage = openai` and its like read the fields of whatever type has them.

use llm_span::llm_span;

use crate::recorder::record;

mod openai {
    #[derive(Debug)]
    pub(crate) enum FinishReason {
        ToolCalls,
    }
    pub(crate) struct Choice {
        pub(crate) finish_reason: Option<FinishReason>,
    }
    pub(crate) struct Details {
        pub(crate) cached_tokens: Option<u32>,
    }
    pub(crate) struct OutputDetails {
        pub(crate) reasoning_tokens: u32,
    }
    pub(crate) struct Usage {
        pub(crate) prompt_tokens: u32,
        pub(crate) completion_tokens: u32,
        pub(crate) prompt_tokens_details: Option<Details>,
        pub(crate) completion_tokens_details: OutputDetails,
    }
    pub(crate) struct Completion {
        pub(crate) id: String,
        pub(crate) model: Option<String>,
        pub(crate) choices: Vec<Choice>,
        pub(crate) usage: Option<Usage>,
    }
    pub(crate) fn completion() -> Completion {
        let usage = Usage {
            prompt_tokens: 128,
            completion_tokens: 64,
            prompt_tokens_details: Some(Details { cached_tokens: Some(100) }),
            completion_tokens_details: OutputDetails { reasoning_tokens: 32 },
        };
        let choices = vec![Choice { finish_reason: Some(FinishReason::ToolCalls) }, Choice { finish_reason: None }];
        Completion { id: "chatcmpl-1".to_owned(), model: Some("gpt-4o-2024".to_owned()), choices, usage: Some(usage) }
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai)]
fn counts() -> Result<openai::Completion, String> {
    Ok(openai::completion())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai(id, model, finish_reasons, cached, reasoning))]
fn all() -> openai::Completion {
    openai::completion()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai)]
fn without() -> openai::Completion {
    openai::Completion { usage: None, ..openai::completion() }
}

#[test]
fn a_preset_reads_the_counts() {
    let (spans, _guard) = record();
    counts().unwrap();
    let span = spans.only();
    assert_eq!(span.tokens(), (128, 64, 192));
    assert!(!span.has("gen_ai.response.id"));
}

#[test]
fn a_preset_reads_beside_the_counts_what_it_is_asked_for() {
    let (spans, _guard) = record();
    all();
    let span = spans.only();
    assert_eq!((span.text("gen_ai.response.id"), span.text("gen_ai.response.model")), ("chatcmpl-1", "gpt-4o-2024"));
    assert_eq!(span.text("gen_ai.response.finish_reasons"), r#"["tool_calls"]"#);
    assert_eq!(span.int("gen_ai.usage.cache_read.input_tokens"), 100);
    assert_eq!(span.int("gen_ai.usage.reasoning.output_tokens"), 32);
}

#[test]
fn a_response_without_usage_has_no_tokens() {
    let (spans, _guard) = record();
    without();
    assert_eq!(spans.only().outcome(), "ok");
    assert!(!spans.only().has("llm.tokens.prompt"));
}

struct EmbeddingUsage {
    prompt_tokens: u32,
}

struct Embeddings {
    usage: EmbeddingUsage,
}

#[llm_span(operation = "embeddings", provider = "openai", model = "text-embedding-3-small", usage = openai)]
async fn embeddings() -> Embeddings {
    Embeddings { usage: EmbeddingUsage { prompt_tokens: 8 } }
}

#[tokio::test]
async fn embeddings_have_no_completion_to_read() {
    let (spans, _guard) = record();
    embeddings().await;
    assert_eq!(spans.only().tokens(), (8, 0, 8));
}

mod anthropic {
    pub(crate) struct Usage {
        pub(crate) input_tokens: u32,
        pub(crate) output_tokens: u32,
        pub(crate) cache_read_input_tokens: Option<u32>,
        pub(crate) cache_creation_input_tokens: Option<u32>,
    }
    pub(crate) struct Message {
        pub(crate) id: String,
        pub(crate) model: String,
        pub(crate) stop_reason: Option<String>,
        pub(crate) usage: Usage,
    }
}

#[llm_span(operation = "chat", provider = "anthropic", model = "claude-opus-4", usage = anthropic(id, model, finish_reasons))]
fn anthropic_message() -> anthropic::Message {
    let usage = anthropic::Usage {
        input_tokens: 10,
        output_tokens: 5,
        cache_read_input_tokens: Some(100),
        cache_creation_input_tokens: Some(20),
    };
    anthropic::Message {
        id: "msg_1".to_owned(),
        model: "claude-opus-4-1".to_owned(),
        stop_reason: Some("end_turn".to_owned()),
        usage,
    }
}

#[test]
fn input_of_anthropic_is_made_whole_with_its_cache() {
    let (spans, _guard) = record();
    anthropic_message();
    let span = spans.only();
    assert_eq!(span.tokens(), (130, 5, 135));
    assert_eq!(span.int("gen_ai.usage.cache_read.input_tokens"), 100);
    assert_eq!(span.int("gen_ai.usage.cache_creation.input_tokens"), 20);
    assert_eq!(span.text("gen_ai.response.finish_reasons"), r#"["end_turn"]"#);
}

struct GeminiUsage {
    prompt_token_count: Option<i32>,
    candidates_token_count: Option<i32>,
    thoughts_token_count: Option<i32>,
}

struct Gemini {
    usage_metadata: Option<GeminiUsage>,
}

#[llm_span(operation = "generate_content", provider = "gemini", model = "gemini-2.5-pro", usage = gemini(reasoning))]
fn gemini() -> Gemini {
    let usage = GeminiUsage { prompt_token_count: Some(7), candidates_token_count: Some(3), thoughts_token_count: Some(2) };
    Gemini { usage_metadata: Some(usage) }
}

#[test]
fn output_of_gemini_includes_its_thoughts() {
    let (spans, _guard) = record();
    gemini();
    let span = spans.only();
    assert_eq!((span.tokens(), span.int("gen_ai.usage.reasoning.output_tokens")), ((7, 5, 12), 2));
    assert_eq!((span.text("llm.provider"), span.text("gen_ai.system")), ("gcp.gemini", "gemini"));
}

struct ResponsesUsage {
    input_tokens: u32,
    output_tokens: u32,
}

struct Responses {
    usage: Option<ResponsesUsage>,
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-5", usage = openai_responses)]
fn responses() -> Responses {
    Responses { usage: Some(ResponsesUsage { input_tokens: 3, output_tokens: 4 }) }
}

struct BedrockUsage {
    input_tokens: i32,
    output_tokens: i32,
    cache_read_input_tokens: Option<i32>,
    cache_write_input_tokens: Option<i32>,
}

struct Converse {
    usage: Option<BedrockUsage>,
}

#[llm_span(operation = "chat", provider = "aws.bedrock", model = "nova", usage = bedrock)]
fn bedrock() -> Converse {
    let usage =
        BedrockUsage { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: Some(3), cache_write_input_tokens: None };
    Converse { usage: Some(usage) }
}

struct Ollama {
    model: String,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

#[llm_span(operation = "chat", provider = "ollama", model = "llama3", usage = ollama(model))]
fn ollama() -> Ollama {
    Ollama { model: "llama3:8b".to_owned(), prompt_eval_count: Some(5), eval_count: Some(6) }
}

#[test]
fn other_shapes_are_known() {
    let (spans, _guard) = record();
    responses();
    bedrock();
    ollama();
    let tokens: Vec<_> = spans.spans().iter().map(super::recorder::Span::tokens).collect();
    assert_eq!(tokens, [(3, 4, 7), (4, 2, 6), (5, 6, 11)]);
}

#[derive(Debug)]
enum Stopped {
    MaxTokens,
    #[expect(dead_code, reason = "read by its `Debug`, which must not be recorded")]
    Other(String),
}

struct Stop {
    finish_reason: Option<Stopped>,
}

struct Holding {
    usage: Option<openai::Usage>,
    choices: Vec<Stop>,
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = openai(finish_reasons))]
fn holding() -> Holding {
    let reasons = [Stopped::Other("secret \"text\" of the user".to_owned()), Stopped::MaxTokens];
    Holding { usage: None, choices: reasons.map(|reason| Stop { finish_reason: Some(reason) }).into() }
}

#[test]
fn what_a_finish_reason_holds_is_not_recorded() {
    let (spans, _guard) = record();
    holding();
    assert_eq!(spans.only().text("gen_ai.response.finish_reasons"), r#"["other","max_tokens"]"#);
}
