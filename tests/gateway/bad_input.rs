//! What is wrong is refused with a word that helps, is counted, and harms nobody else. What was sent is in no log line, span or error.

mod floods;
mod headers;
mod methods_and_routes;
mod oddities;
mod providers;
mod raw;
mod refused;
mod start;
mod strangers;

use serde_json::Value;

use crate::{
    configs,
    process::{Ended, Setup},
};

/// Of a prompt, or of a key.
const SECRET: &str = "s3cret-0f-the-cl1ent";

/// With all that tells something: log lines and spans on standard output, and metrics.
fn setup() -> Setup {
    Setup::with_config(configs::STDOUT)
}

/// An error as the OpenAI API has it: what it says, which part of the request is meant, and its code.
fn error(body: &str) -> [Option<String>; 3] {
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {body}"));
    let error = &body["error"];
    assert!(error["type"].is_string(), "{body}");
    ["message", "param", "code"].map(|field| error[field].as_str().map(str::to_owned))
}

/// It has ended as it was told, and nothing that it has written shows that.
fn hides(ended: &Ended, secret: &str) {
    assert!(ended.is_well(), "{ended:?}");
    let line = ended.stdout.lines().find(|line| line.contains(secret));
    assert_eq!(line, None);
    assert!(!ended.lines_of("request served").is_empty() && !ended.spans().is_empty(), "{ended:?}");
}
