//! What the documented responses tell, complete and streamed.

use llm_span::{Report, Response, Usage, WireFormat};

use crate::fixture::{Fixture, fixture};

/// A fixture and what it tells.
pub(crate) struct Case {
    pub(crate) fixture: Fixture,
    pub(crate) format: WireFormat,
    pub(crate) usage: Option<Usage>,
    pub(crate) response: Response<'static>,
}

fn case(
    fixture: Fixture,
    provider: &str,
    usage: impl Into<Option<Usage>>,
    id: &'static str,
    model: &'static str,
    reasons: &[&'static str],
) -> Case {
    let format = WireFormat::of_provider(provider).unwrap();
    let response = reasons.iter().fold(Response::default(), |response, reason| response.finish_reason(*reason));
    let response = if id.is_empty() { response } else { response.id(id) };
    let response = if model.is_empty() { response } else { response.model(model) };
    Case { fixture, format, usage: usage.into(), response }
}

/// Counts of a provider that tells all parts.
fn whole(prompt: i64, completion: i64) -> Usage {
    Usage::new(prompt, completion).cache_read(0).reasoning(0).audio(0, 0)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = openai();
    cases.extend(like_openai());
    cases.extend(others());
    cases.extend(self_hosted());
    cases
}

fn openai() -> Vec<Case> {
    let parts = Usage::new(2006, 300).cache_read(1920).reasoning(128).audio(86, 22);
    let complete = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT";
    let response = "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b";
    let streamed = "resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654";
    let responses = |prompt, completion| Usage::new(prompt, completion).cache_read(0).reasoning(0);
    let incomplete = Usage::new(81, 1035).cache_read(64).reasoning(832);
    vec![
        case(fixture!("openai_chat.json"), "openai", whole(19, 10), complete, "gpt-4.1-2025-04-14", &["stop"]),
        case(
            fixture!("openai_chat_audio_cached_reasoning.json"),
            "openai",
            parts,
            "chatcmpl-123",
            "gpt-4o-audio-preview-2024-12-17",
            &["stop", "length"],
        ),
        case(fixture!("openai_chat_stream.sse"), "openai", whole(19, 10), "chatcmpl-123", "gpt-4o-mini", &["stop"]),
        case(fixture!("openai_chat_stream_without_usage.sse"), "openai", None, "chatcmpl-123", "gpt-4o-mini", &["stop"]),
        case(
            fixture!("openai_completion.json"),
            "openai",
            Usage::new(5, 7),
            "cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7",
            "gpt-3.5-turbo-instruct",
            &["length"],
        ),
        case(fixture!("openai_embeddings.json"), "openai", Usage::new(8, None::<i64>), "", "text-embedding-ada-002", &[]),
        case(fixture!("openai_responses.json"), "openai", responses(36, 87), response, "gpt-4.1-2025-04-14", &["completed"]),
        case(
            fixture!("openai_responses_stream.sse"),
            "openai",
            responses(37, 11),
            streamed,
            "gpt-4.1-2025-04-14",
            &["completed"],
        ),
        case(
            fixture!("openai_responses_incomplete_stream.sse"),
            "openai",
            incomplete,
            "resp_123",
            "gpt-4o-mini-2024-07-18",
            &["max_output_tokens"],
        ),
    ]
}

fn like_openai() -> Vec<Case> {
    let azure = ["chatcmpl-7R1nGnsXO8n4oi9UPz2f3UHdgAYMn", "chatcmpl-7rCNsVeZy0PGnX3H6jK8STps5nZUY"];
    let mistral = ["cmpl-e5cc70bb28c444948073e77776eb30ef", "cmpl-8cd9019d21ba490aa6b9740f5d0a883e"];
    let groq = ["chatcmpl-f51b2cd2-bef7-417e-964e-a08f0b513c22", "chatcmpl-bc4c2b5f-ad1c-4152-831f-a0885de968a3"];
    let deepseek = ["930c60df-bf64-41c9-a88e-3ec75f81e00e", "1f633d8bfc032625086f14113c411638"];
    let cached = Usage::new(128, 64).cache_read(64).reasoning(32);
    let llama = "meta-llama/Llama-3.1-8B-Instruct";
    let stop: &[&str] = &["stop"];
    vec![
        case(fixture!("azure_chat.json"), "az.ai.openai", Usage::new(33, 557), azure[0], "gpt-4o-2024-11-20", stop),
        case(fixture!("azure_chat_stream.sse"), "azure.ai.openai", Usage::new(12, 40), azure[1], "gpt-4o-2024-11-20", stop),
        case(fixture!("mistral_chat.json"), "mistral_ai", Usage::new(16, 34), mistral[0], "mistral-small-latest", stop),
        case(
            fixture!("mistral_chat_stream.sse"),
            "mistral_ai",
            Usage::new(15, 95),
            mistral[1],
            "mistral-small-latest",
            &["model_length"],
        ),
        case(fixture!("groq_chat.json"), "groq", Usage::new(18, 556), groq[0], "openai/gpt-oss-20b", stop),
        case(fixture!("groq_chat_stream.sse"), "groq", Usage::new(38, 4), groq[1], "llama-3.3-70b-versatile", stop),
        case(fixture!("deepseek_chat.json"), "deepseek", cached, deepseek[0], "deepseek-reasoner", stop),
        case(
            fixture!("deepseek_chat_stream.sse"),
            "deepseek",
            Usage::new(17, 9).cache_read(0),
            deepseek[1],
            "deepseek-chat",
            stop,
        ),
        case(fixture!("vllm_chat.json"), "vllm", Usage::new(36, 17).cache_read(16), "chatcmpl-9a1b2c3d", llama, stop),
        case(fixture!("vllm_chat_stream.sse"), "vllm", Usage::new(36, 2), "chatcmpl-9a1b2c3d", llama, stop),
    ]
}

fn others() -> Vec<Case> {
    let claude = "claude-sonnet-4-5-20250929";
    let message = Usage::new(100_298, 503).cache_read(100_000).cache_write(248);
    let cached = Usage::new(100_050, 89).cache_read(100_000).cache_write(0).reasoning(32);
    let searched = Usage::new(10_682, 510).cache_read(0).cache_write(0);
    let tools = Usage::new(1105, 70).cache_read(600).reasoning(20).audio(256, 30);
    let converse = Usage::new(1528, 64).cache_read(1012).cache_write(512);
    let converse_stream = Usage::new(147, 20).cache_read(100).cache_write(0);
    let cohere = ["c14c80c3-18eb-4519-9460-6c92edd8cfb4", "29f14a5a-11de-4cae-9800-25e4747408ea"];
    let embed = "da6e531f-54c5-4a73-bf92-f60566d8d753";
    let gemini = ["3w4Vad6yF-y1vdIP_q_zgAw", "mAitaLmkHPPlz7IPvtfUqQ4"];
    let streamed = "msg_1nZdL29xx5MUA1yADyTXnsnR8uuGzszSSCwx";
    let end: &[&str] = &["end_turn"];
    vec![
        case(fixture!("anthropic_message.json"), "anthropic", message, "msg_01XFDUDYJgAACzvnptvVoYEL", claude, end),
        case(fixture!("anthropic_stream.sse"), "anthropic", Usage::new(25, 15), streamed, claude, end),
        case(fixture!("anthropic_stream_cached.sse"), "anthropic", cached, "msg_01Cache", claude, &["tool_use"]),
        case(fixture!("anthropic_stream_web_search.sse"), "anthropic", searched, "msg_01G", "claude-opus-4-1-20250805", end),
        case(
            fixture!("gemini.json"),
            "gemini",
            Usage::new(34, 856).reasoning(438),
            gemini[0],
            "gemini-3-flash-preview",
            &["STOP"],
        ),
        case(
            fixture!("gemini_tools_cache_audio.json"),
            "gcp.vertex_ai",
            tools,
            "response-2",
            "gemini-2.5-flash",
            &["MAX_TOKENS"],
        ),
        case(
            fixture!("gemini_stream.sse"),
            "gcp.gemini",
            Usage::new(10, 74).reasoning(26),
            gemini[1],
            "gemini-2.5-flash",
            &["STOP"],
        ),
        case(fixture!("bedrock_converse.json"), "aws.bedrock", Usage::new(30, 628), "", "", end),
        case(fixture!("bedrock_converse_cached.json"), "aws.bedrock", converse, "", "", &["max_tokens"]),
        case(fixture!("bedrock_converse_stream.jsonl"), "aws.bedrock", converse_stream, "", "", end),
        case(fixture!("bedrock_converse_stream_payloads.jsonl"), "aws.bedrock", Usage::new(47, 20), "", "", end),
        case(fixture!("cohere_chat.json"), "cohere", Usage::new(5, 418).cache_read(0), cohere[0], "", &["COMPLETE"]),
        case(fixture!("cohere_chat_stream.sse"), "cohere", Usage::new(3, 92), cohere[1], "", &["COMPLETE"]),
        case(fixture!("cohere_embed.json"), "cohere", Usage::new(2, None::<i64>), embed, "", &[]),
    ]
}

fn self_hosted() -> Vec<Case> {
    let stop: &[&str] = &["stop"];
    let llama = "meta-llama/Meta-Llama-3.1-8B-Instruct";
    vec![
        case(fixture!("ollama_chat.json"), "ollama", Usage::new(26, 298), "", "llama3.2", stop),
        case(fixture!("ollama_chat_stream.jsonl"), "ollama", Usage::new(26, 282), "", "llama3.2", stop),
        case(fixture!("ollama_generate_stream.jsonl"), "ollama", Usage::new(26, 259), "", "llama3.2", &["length"]),
        case(fixture!("ollama_embed.json"), "ollama", Usage::new(8, None::<i64>), "", "all-minilm", &[]),
        case(fixture!("ollama_v1_chat.json"), "ollama", Usage::new(26, 298), "chatcmpl-795", "llama3.2", stop),
        case(fixture!("tgi_generate.json"), "tgi", Usage::new(2, 1), "", "", &["eos_token"]),
        case(fixture!("tgi_generate_without_prefill.json"), "tgi", Usage::new(None::<i64>, 20), "", "", &["length"]),
        case(fixture!("tgi_generate_stream.sse"), "tgi", Usage::new(10, 2), "", "", &["eos_token"]),
        case(fixture!("tgi_v1_chat_stream.sse"), "tgi", Usage::new(43, 12), "", llama, stop),
    ]
}

#[test]
fn each_documented_response_and_stream_tells_what_it_says() {
    for Case { fixture, format, usage, response } in cases() {
        assert_eq!(fixture.read(format), Report::new(usage, response), "{}", fixture.name);
    }
}

#[test]
fn every_fixture_is_read() {
    let folder = std::path::Path::new(file!()).with_file_name("fixtures");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(root.join(folder)).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.retain(|file| file != "README.md");
    files.sort();
    let mut read: Vec<_> = cases().iter().map(|case| std::ffi::OsString::from(case.fixture.name)).collect();
    read.sort();
    assert_eq!(files, read);
}

#[test]
fn a_snapshot_told_again_changes_nothing() {
    for Case { fixture, format, usage, response } in cases() {
        let mut report = Report::default();
        for value in fixture.values().iter().flat_map(|value| [value, value]) {
            report.update(format.read(value));
        }
        assert_eq!(report, Report::new(usage, response), "{}", fixture.name);
    }
}

#[test]
fn every_shape_has_a_complete_response_and_a_stream() {
    for format in WireFormat::ALL {
        let of_format = |is_complete: bool| {
            cases().iter().any(|case| case.format == format && (case.fixture.values().len() == 1) == is_complete)
        };
        assert!(of_format(true) && of_format(false), "{format:?}");
    }
}

#[test]
fn each_known_provider_but_one_has_a_shape() {
    let without = llm_span::contract::provider::NAMES.into_iter().filter(|name| WireFormat::of_provider(name).is_none());
    assert_eq!(without.collect::<Vec<_>>(), ["ibm.watsonx.ai"], "its usage stands in `results`");
}
