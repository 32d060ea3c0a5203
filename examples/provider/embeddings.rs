//! `POST /v1/embeddings`.

use serde_json::{Value, json};

use super::{answer::Answer, error::ApiError, models::Model, reply::Tokens};

/// Tokens that a text is told to have.
const TOKENS: u64 = 8;
/// Numbers of a vector, unless `dimensions` tells.
const DIMENSIONS: u64 = 1536;

/// Embeds texts, each in a vector of length 1 that depends on the text alone.
pub(super) fn embed(request: &Value) -> Result<Answer, ApiError> {
    let model = Model::of(request)?;
    let texts = texts(request.get("input").ok_or_else(|| ApiError::missing("input"))?)?;
    if request.get("encoding_format").is_some_and(|format| !format.is_null() && format != "float") {
        return Err(ApiError::wrong("encoding_format", "`float`, which is all this provider has"));
    }
    let dimensions = match request.get("dimensions") {
        None | Some(Value::Null) => Some(DIMENSIONS),
        Some(told) => told.as_u64().filter(|told| (1..=DIMENSIONS).contains(told)),
    };
    let dimensions = dimensions.ok_or_else(|| ApiError::wrong("dimensions", "a number from 1 to 1536"))?;
    let embedding = |(index, text): (usize, &Value)| json!({ "object": "embedding", "index": index, "embedding": vector(&text.to_string(), dimensions) });
    let data: Vec<_> = texts.iter().copied().enumerate().map(embedding).collect();
    let mut response = json!({ "object": "list", "data": data, "model": Model::Embeds.name() });
    let mut told = Tokens::NONE;
    if model.tells_usage() {
        told.prompt = TOKENS * texts.len() as u64;
        response["usage"] = json!({ "prompt_tokens": told.prompt, "total_tokens": told.prompt });
    }
    Ok(Answer::whole(&response, told))
}

/// One text, or several; each may be an array of numbers of tokens instead.
fn texts(input: &Value) -> Result<Vec<&Value>, ApiError> {
    let is_tokens = |value: &Value| value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_u64));
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty()) || is_tokens(value);
    match input {
        _ if is_text(input) => Ok(vec![input]),
        Value::Array(texts) if !texts.is_empty() && texts.iter().all(is_text) => Ok(texts.iter().collect()),
        _ => Err(ApiError::wrong("input", "a text or an array of texts, none of them empty")),
    }
}

fn vector(text: &str, dimensions: u64) -> Vec<f64> {
    // FNV-1a seeds a xorshift: the same on every machine.
    let seed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from(state >> 32).unwrap_or_default()) / f64::from(u32::MAX) - 0.5
    };
    let vector: Vec<f64> = (0..dimensions).map(|_| next()).collect();
    let length = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
    vector.into_iter().map(|number| number / length).collect()
}
