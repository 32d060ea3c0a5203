//! The models, and how each behaves.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::{answer::Answer, error::ApiError};

/// A model of the provider. Its name decides what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Model {
    /// Answers, and tells its usage: 128 prompt tokens, 64 completion tokens; others where tools are called, see the module.
    Answers,
    /// The same under the name of a smaller model.
    AnswersToo,
    /// Answers without telling its usage, as some servers in front of a model do; streamed, it does not tell it when asked either.
    NoUsage,
    /// Status 429, to be tried again.
    RateLimited,
    /// Status 429, not to be tried again.
    OutOfQuota,
    /// Status 500, to be tried again.
    Broken,
    /// Closes the connection in the middle of its answer, streamed or not.
    BreaksOff,
    /// Streamed, sends an error in place of the second half of its answer; else status 500.
    FailsMidway,
    /// The first requests fail ([`Settings::failures`](super::Settings)), by turns with status 500 and 429; the others it answers.
    Flaky,
    /// Takes its time ([`Settings::slow`](super::Settings)) before it answers; streamed, before the first event.
    Slow,
    /// Embeds texts, and does nothing else. The other models embed too.
    Embeds,
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Answers,
        Self::AnswersToo,
        Self::NoUsage,
        Self::RateLimited,
        Self::OutOfQuota,
        Self::Broken,
        Self::BreaksOff,
        Self::FailsMidway,
        Self::Flaky,
        Self::Slow,
        Self::Embeds,
    ];

    /// The name to ask for it by. Any other name is answered by status 404.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answers => "gpt-4o",
            Self::AnswersToo => "gpt-4o-mini",
            Self::NoUsage => "gpt-4o-no-usage",
            Self::RateLimited => "gpt-4o-rate-limited",
            Self::OutOfQuota => "gpt-4o-out-of-quota",
            Self::Broken => "gpt-4o-broken",
            Self::BreaksOff => "gpt-4o-breaks-off",
            Self::FailsMidway => "gpt-4o-fails-midway",
            Self::Flaky => "gpt-4o-flaky",
            Self::Slow => "gpt-4o-slow",
            Self::Embeds => "text-embedding-3-small",
        }
    }

    /// The model that a request names.
    pub(super) fn of(request: &Value) -> Result<Self, ApiError> {
        let name = request.get("model").ok_or_else(|| ApiError::missing("model"))?;
        let name = name.as_str().ok_or_else(|| ApiError::wrong("model", "a string"))?;
        Self::ALL.into_iter().find(|model| model.name() == name).ok_or_else(|| ApiError::no_such_model(name))
    }

    pub(super) fn tells_usage(self) -> bool {
        self != Self::NoUsage
    }

    /// Spoils an answer as the model does.
    pub(super) fn spoil(self, answer: &mut Answer, failures: &Failures) -> Result<(), ApiError> {
        match self {
            Self::RateLimited => Err(ApiError::rate_limited()),
            Self::OutOfQuota => Err(ApiError::out_of_quota()),
            Self::Broken => Err(ApiError::broken()),
            Self::FailsMidway if !answer.is_stream() => Err(ApiError::broken()),
            Self::Flaky => failures.next(),
            Self::BreaksOff => {
                answer.break_off();
                Ok(())
            }
            Self::Answers | Self::AnswersToo | Self::NoUsage | Self::FailsMidway | Self::Slow | Self::Embeds => Ok(()),
        }
    }
}

/// The failures that [`Model::Flaky`] has left.
#[derive(Debug)]
pub(super) struct Failures {
    total: u64,
    had: AtomicU64,
}

impl Failures {
    pub(super) fn new(total: u64) -> Self {
        Self { total, had: AtomicU64::new(0) }
    }

    fn next(&self) -> Result<(), ApiError> {
        match self.had.fetch_add(1, Ordering::Relaxed) {
            had if had >= self.total => Ok(()),
            had if had % 2 == 0 => Err(ApiError::broken()),
            _ => Err(ApiError::rate_limited()),
        }
    }
}

/// `GET /v1/models`.
pub(super) fn list() -> Value {
    let model = |model: Model| json!({ "id": model.name(), "object": "model", "created": 1_715_367_049, "owned_by": "system" });
    json!({ "object": "list", "data": Model::ALL.map(model) })
}
