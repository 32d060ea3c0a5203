//! Whatever a provider sends: no panic, and never a wrong sum.

use llm_span::{CountProblem, TokenKind, Usage, WireFormat};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A place where a count stands: in which shape, by which path, of which kind.
struct Place {
    format: WireFormat,
    path: &'static [&'static str],
    kind: TokenKind,
    /// What else of that shape is a part of the same sum.
    others: &'static [&'static [&'static str]],
}

const PLACES: [Place; 24] = {
    use TokenKind::{AudioCompletion, AudioPrompt, CacheRead, CacheWrite, Completion, Prompt, Reasoning};
    use WireFormat::{Anthropic, Bedrock, Cohere, Gemini, Ollama, OpenAi, Tgi};
    const fn place(
        format: WireFormat,
        path: &'static [&'static str],
        kind: TokenKind,
        others: &'static [&'static [&'static str]],
    ) -> Place {
        Place { format, path, kind, others }
    }
    const ANTHROPIC: &[&[&str]] = &[&["usage", "cache_read_input_tokens"], &["usage", "cache_creation_input_tokens"]];
    const BEDROCK: &[&[&str]] = &[&["usage", "cacheReadInputTokens"], &["usage", "cacheWriteInputTokens"]];
    [
        place(OpenAi, &["usage", "prompt_tokens"], Prompt, &[]),
        place(OpenAi, &["usage", "completion_tokens"], Completion, &[]),
        place(OpenAi, &["usage", "prompt_tokens_details", "cached_tokens"], CacheRead, &[]),
        place(OpenAi, &["usage", "prompt_cache_hit_tokens"], CacheRead, &[]),
        place(OpenAi, &["usage", "prompt_tokens_details", "audio_tokens"], AudioPrompt, &[]),
        place(OpenAi, &["usage", "completion_tokens_details", "reasoning_tokens"], Reasoning, &[]),
        place(OpenAi, &["usage", "completion_tokens_details", "audio_tokens"], AudioCompletion, &[]),
        place(OpenAi, &["response", "usage", "input_tokens"], Prompt, &[]),
        place(OpenAi, &["response", "usage", "output_tokens"], Completion, &[]),
        place(OpenAi, &["x_groq", "usage", "prompt_tokens"], Prompt, &[]),
        place(Anthropic, &["usage", "input_tokens"], Prompt, ANTHROPIC),
        place(Anthropic, &["usage", "output_tokens"], Completion, &[]),
        place(Anthropic, &["usage", "cache_read_input_tokens"], CacheRead, &[]),
        place(Anthropic, &["usage", "cache_creation_input_tokens"], CacheWrite, &[]),
        place(Gemini, &["usageMetadata", "promptTokenCount"], Prompt, &[&["usageMetadata", "toolUsePromptTokenCount"]]),
        place(Gemini, &["usageMetadata", "candidatesTokenCount"], Completion, &[&["usageMetadata", "thoughtsTokenCount"]]),
        place(Gemini, &["usageMetadata", "thoughtsTokenCount"], Reasoning, &[]),
        place(Bedrock, &["usage", "inputTokens"], Prompt, BEDROCK),
        place(Bedrock, &["metadata", "usage", "outputTokens"], Completion, &[]),
        place(Cohere, &["usage", "billed_units", "input_tokens"], Prompt, &[]),
        place(Cohere, &["delta", "usage", "tokens", "output_tokens"], Completion, &[]),
        place(Ollama, &["prompt_eval_count"], Prompt, &[]),
        place(Ollama, &["eval_count"], Completion, &[]),
        place(Tgi, &["details", "input_length"], Prompt, &[]),
    ]
};

fn put(root: &mut Value, path: &[&str], value: Value) {
    let place = path.iter().fold(root, |group, name| {
        if !group.is_object() {
            *group = json!({});
        }
        &mut group[*name]
    });
    *place = value;
}

/// What a value is as a count: `Ok` of the count, `Err` of the problem, and both for a text of digits.
fn expected(value: &Value) -> (Option<i128>, Option<CountProblem>) {
    match value {
        Value::Null => (None, None),
        Value::Number(number) => {
            let text = number.to_string();
            let whole = text.parse::<i128>().ok().or_else(|| {
                let float: f64 = text.parse().unwrap();
                #[allow(clippy::cast_possible_truncation, reason = "floats beyond it saturate, and are too large as well")]
                (float.fract() == 0.0).then_some(float as i128)
            });
            match whole {
                Some(count) if count < 0 => (None, Some(CountProblem::Negative)),
                Some(count) if count > i128::from(i64::MAX) => (None, Some(CountProblem::TooLarge)),
                Some(count) => (Some(count), None),
                None if text.starts_with('-') => (None, Some(CountProblem::Negative)),
                None => (None, Some(CountProblem::Fractional)),
            }
        }
        Value::String(text) => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let count = text.parse::<i64>().ok().filter(|_| digits).map(i128::from);
            (count, Some(CountProblem::Text))
        }
        _ => (None, Some(CountProblem::NoNumber)),
    }
}

fn count() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0..10_000_i64).prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        2 => (0..10_000_u32).prop_map(|count| Value::from(f64::from(count))),
        2 => any::<f64>().prop_map(Value::from),
        2 => "[0-9]{1,20}|[-+ ]?[0-9]{1,3}|[0-9]{1,3}\\.[0-9]|[a-z]{0,3}".prop_map(Value::from),
        1 => proptest::sample::select(vec![json!(null), json!(true), json!([1]), json!({ "a": 1 }), json!(1e300), json!(i64::MAX)]),
    ]
}

/// Words that the readers look for, so that arbitrary values come to the places they read.
fn key() -> impl Strategy<Value = String> {
    let words = "usage message response delta metadata details meta choices candidates id model type object index finish_reason \
                 finishReason stop_reason stopReason done_reason status incomplete_details reason x_groq billed_units tokens \
                 prompt_tokens completion_tokens input_tokens output_tokens total_tokens prompt_tokens_details \
                 completion_tokens_details cached_tokens audio_tokens reasoning_tokens cache_read_input_tokens cache_creation \
                 cache_creation_input_tokens usageMetadata promptTokenCount candidatesTokenCount thoughtsTokenCount totalTokenCount \
                 promptTokensDetails modality tokenCount inputTokens outputTokens cacheReadInputTokens prompt_eval_count \
                 eval_count generated_tokens input_length prefill messageStop";
    let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
    prop_oneof![9 => proptest::sample::select(words), 1 => "\\PC{0,8}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        proptest::sample::select(vec!["AUDIO", "response", "completed", "stop"]).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from)
    ];
    prop_oneof![3 => count(), 1 => text].prop_recursive(6, 96, 12, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => proptest::collection::vec((key(), inner), 0..12)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn no_json_makes_a_reader_panic(value in any_json()) {
        for format in WireFormat::ALL {
            let mut report = llm_span::Report::default();
            report.update(format.read(&value));
            report.update(format.read(&value));
            let usage = report.usage.unwrap_or_default();
            for kind in TokenKind::ALL {
                prop_assert!(usage.get(kind).is_none_or(|count| count >= 0), "{format:?}: {usage:?}");
            }
        }
    }

    #[test]
    fn a_count_is_exact_or_absent_with_a_problem(
        place in 0..PLACES.len(),
        value in count(),
        others in (count(), count()),
    ) {
        let Place { format, path, kind, others: parts } = &PLACES[place];
        let others = [others.0, others.1];
        let mut root = json!({});
        put(&mut root, path, value.clone());
        for (part, other) in parts.iter().zip(&others) {
            put(&mut root, part, other.clone());
        }
        let usage = format.read(&root).usage.unwrap_or_default();
        let told: Vec<_> = usage.invalid.iter().map(|(_, problem)| problem).collect();
        let read: Vec<_> = std::iter::once(&value).chain(others.iter().take(parts.len())).map(expected).collect();
        // Of a sum one problem is told, whichever part has it; of parts that are told beside it their own as well.
        let is_broken = read.iter().any(|(count, problem)| count.is_none() && problem.is_some());
        let sum: i128 = read.iter().filter_map(|(count, _)| *count).sum();
        let exact = i64::try_from(sum).ok().filter(|_| !is_broken);
        if let Some(count) = usage.get(*kind) {
            prop_assert_eq!(Some(count), exact, "{}", root);
        } else if read.iter().any(|(count, _)| count.is_some()) && read[0].0.is_some() {
            prop_assert!(exact.is_none() && !told.is_empty(), "{}: {:?}", root, usage);
        }
        if let Some(problem) = read[0].1 {
            prop_assert!(usage.invalid.iter().any(|told| told == (*kind, problem)), "{}: {:?}", root, usage);
        }
        if read.iter().all(|(_, problem)| problem.is_none()) && exact.is_some() {
            prop_assert!(usage.invalid.is_empty(), "{}: {:?}", root, usage);
        }
    }
}

#[test]
fn a_text_of_digits_is_counted_and_told() {
    let response = json!({ "usage": { "prompt_tokens": "128", "completion_tokens": 64.0 } });
    let usage = WireFormat::OpenAi.read(&response).usage.unwrap();
    assert_eq!(usage, Usage::new(128, 64).invalid(TokenKind::Prompt, CountProblem::Text));
    assert_eq!(usage.invalid.to_string(), "prompt is a text");
}

#[test]
fn a_cache_that_is_no_count_leaves_no_prompt() {
    for (value, problem) in [
        (json!(-5), "cache read is negative"),
        (json!(12.5), "cache read is a fraction"),
        (json!(1e300), "cache read is too large"),
        (json!(18_446_744_073_709_551_616.0), "cache read is too large"),
        (json!("lots"), "cache read is a text"),
        (json!(true), "cache read is no number"),
        (json!([5]), "cache read is no number"),
        (json!({}), "cache read is no number"),
    ] {
        let message = json!({ "usage": { "input_tokens": 3, "cache_read_input_tokens": value, "output_tokens": 64 } });
        let usage = WireFormat::Anthropic.read(&message).usage.unwrap();
        assert_eq!((usage.prompt, usage.cache_read, usage.completion), (None, None, Some(64)), "{message}");
        assert_eq!(usage.invalid.to_string(), problem, "{message}");
    }
}

#[test]
fn an_index_beyond_all_choices_takes_no_room() {
    let chunk =
        json!({ "choices": [{ "index": u64::MAX, "finish_reason": "stop" }, { "index": 1_000_000, "finish_reason": "stop" }] });
    assert!(WireFormat::OpenAi.read(&chunk).response.finish_reasons.len() <= 128);
}
