//! The calls that are expected: announced when the service starts, so that their counters stand at 0 before the first of them. Prometheus sees
//! the step from 0 to 1, and none from nothing to 1.

use llm_span::{Announced, Operation};

use super::{http, models::PROVIDER, queue, store};
use crate::provider::Model;

/// The model that chats.
pub(super) const CHAT_MODEL: &str = Model::Answers.name();
/// The model that embeds.
pub(super) const EMBEDDING_MODEL: &str = Model::Embeds.name();

/// As their spans will tell of themselves.
pub(super) fn spans() -> Vec<Announced> {
    let chat = || Announced::call(Operation::Chat, PROVIDER, CHAT_MODEL);
    let request = |method: &str, route: &str, status: &str, deployment: &str| {
        Announced::new([
            ("otel.name", format!("HTTP {method} {route}").as_str()),
            ("otel.kind", "server"),
            ("http.request.method", method),
            ("http.route", route),
            ("http.response.status_code", status),
            ("twinkle.deployment", deployment),
        ])
        .named(http::SPAN)
    };
    let rejected = request("POST", "/v1/tasks", "429", queue::DEPLOYMENT).with("twinkle.rate_limited", "true");
    // Of no kind but this one: else there would be a series of each.
    let within = |span: &'static str| Announced::new([("otel.kind", "internal")]).named(span);
    let task = |kind: &str| within("twinkle.task").with("twinkle.deployment", queue::DEPLOYMENT).with("twinkle.task_type", kind);
    let store = ["conversation.get", "conversation.create", "conversation.append", "conversation.delete", "conversation.list"];
    let store = store.map(|span| within(span).with("conversation.backend", store::BACKEND));
    [
        chat(),
        chat().with("gen_ai.request.stream", "true"),
        Announced::call(Operation::Embeddings, PROVIDER, EMBEDDING_MODEL),
        request("POST", "/v1/responses", "200", "Gateway"),
        request("POST", "/v1/responses", "502", "Gateway"),
        rejected,
        task("sample"),
        task("train"),
        task("endless"),
    ]
    .into_iter()
    .chain(store)
    .collect()
}
