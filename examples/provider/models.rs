//! The models, and how each behaves.

use serde_json::{Value, json};

/// A model of the provider. Its name decides what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Model {
    /// Answers, and tells its usage: 128 prompt tokens, 64 completion tokens.
    Answers,
    /// Answers without telling its usage, as some servers in front of a model do.
    NoUsage,
    /// Status 429, to be tried again: clients do, and take their time.
    RateLimited,
    /// Status 429, not to be tried again.
    OutOfQuota,
    /// Status 500, to be tried again.
    Broken,
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Answers, Self::NoUsage, Self::RateLimited, Self::OutOfQuota, Self::Broken];

    /// The name to ask for it by. Any other name is answered by status 404.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answers => "gpt-4o",
            Self::NoUsage => "gpt-4o-no-usage",
            Self::RateLimited => "gpt-4o-rate-limited",
            Self::OutOfQuota => "gpt-4o-out-of-quota",
            Self::Broken => "gpt-4o-broken",
        }
    }

    pub(super) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }
}

/// `GET /v1/models`.
pub(super) fn list() -> Value {
    let model = |model: Model| json!({ "id": model.name(), "object": "model", "created": 1_715_367_049, "owned_by": "system" });
    json!({ "object": "list", "data": Model::ALL.map(model) })
}
