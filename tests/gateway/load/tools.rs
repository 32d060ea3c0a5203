//! Kinds of requests, and load of them.

use std::{path::Path, process::Output};

use llm_span_examples::provider::Model;
use serde_json::{Value, json};

use crate::{process::Gateway, programs::run};

/// So many at a time.
pub(super) const CONNECTIONS: u64 = 50;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Chat,
    ChatStream,
    Response,
    ResponseStream,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Chat, Self::ChatStream, Self::Response, Self::ResponseStream];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat | Self::ChatStream => "/v1/chat/completions",
            Self::Response | Self::ResponseStream => "/v1/responses",
        }
    }

    pub(crate) fn is_stream(self) -> bool {
        matches!(self, Self::ChatStream | Self::ResponseStream)
    }

    pub(crate) fn body(self, model: Model) -> Value {
        let mut body = match self {
            Self::Chat | Self::ChatStream => json!({ "messages": [{ "role": "user", "content": "Hello, world!" }] }),
            Self::Response | Self::ResponseStream => json!({ "input": "Hello, world!" }),
        };
        body["model"] = model.name().into();
        body["stream"] = self.is_stream().into();
        body
    }
}

/// So many requests, as fast as [`CONNECTIONS`] connections can. Each has an answer of status 200.
pub(super) async fn load(hey: &Path, gateway: &Gateway, path: &str, body: &Value, requests: u64) {
    let report = report(hey, gateway, path, body, requests).await;
    assert_eq!(answers(&report, 200), requests, "{}", String::from_utf8_lossy(&report.stdout));
}

/// What `hey` tells of such a load.
pub(super) async fn report(hey: &Path, gateway: &Gateway, path: &str, body: &Value, requests: u64) -> Output {
    let body = body.to_string();
    assert!(!body.contains('\'') && requests.is_multiple_of(CONNECTIONS));
    let line =
        format!("hey -n {requests} -c {CONNECTIONS} -t 60 -m POST -T application/json -d '{body}' http://localhost:8080{path}");
    let (hey, url) = (hey.to_owned(), gateway.url(""));
    tokio::task::spawn_blocking(move || run(&hey, &line, &url)).await.unwrap()
}

/// So many answers of that status.
pub(super) fn answers(report: &Output, status: u16) -> u64 {
    let report = String::from_utf8_lossy(&report.stdout);
    let of_status = format!("[{status}]");
    let count = report.lines().find_map(|line| line.trim().strip_prefix(&of_status)?.split_whitespace().next()?.parse().ok());
    count.unwrap_or_default()
}
