//! Tokens and costs by model and day.

use std::time::SystemTime;

use rusqlite::types::Value as SqlValue;

use super::{
    Store, StoreError, Sums,
    conditions::Conditions,
    sums::{COLUMNS, METRICS},
    time,
};

/// Which requests are added up.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct UsageQuery {
    since: Option<SystemTime>,
    until: Option<SystemTime>,
    service: Option<String>,
    model: Option<String>,
    provider: Option<String>,
}

impl UsageQuery {
    /// All of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Measured then or later.
    pub fn since(mut self, time: SystemTime) -> Self {
        self.since = Some(time);
        self
    }

    /// Measured before then.
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }

    /// Of that `service.name`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Of that model, by the label `model_id`.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Of that provider, by the label `provider_id`.
    pub fn provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.and(METRICS, []);
        if let Some(since) = self.since {
            conditions.and("time_ns >= ?", [SqlValue::Integer(time::nanoseconds(since))]);
        }
        if let Some(until) = self.until {
            conditions.and("time_ns < ?", [SqlValue::Integer(time::nanoseconds(until))]);
        }
        let texts = [
            ("service = ?", &self.service),
            ("attributes ->> '$.model_id' = ?", &self.model),
            ("attributes ->> '$.provider_id' = ?", &self.provider),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                conditions.and(condition, [SqlValue::Text(text.clone())]);
            }
        }
        conditions
    }
}

/// What the requests to one model took on one day.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UsageRow {
    /// In UTC: `2026-11-21`.
    pub day: String,
    /// Empty where the requests told none.
    pub model: String,
    /// Likewise.
    pub provider: String,
    /// What they took.
    pub sums: Sums,
}

impl Store {
    /// Adds up tokens and costs, by day, model and provider, in that order. Retries and agents count once, whatever the sampler has kept.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn usage(&self, query: &UsageQuery) -> Result<Vec<UsageRow>, StoreError> {
        let select = format!(
            "SELECT date(time_ns / 1000000000, 'unixepoch') AS day, coalesce(attributes ->> '$.model_id', '') AS model,
                coalesce(attributes ->> '$.provider_id', '') AS provider, {COLUMNS} FROM metrics"
        );
        let (sql, values) =
            query.conditions().query(&select, " GROUP BY day, model, provider ORDER BY day, model, provider", usize::MAX);
        self.rows(&sql, values, |row| {
            Ok(UsageRow { day: row.get(0)?, model: row.get(1)?, provider: row.get(2)?, sums: Sums::of(row, 3)? })
        })
    }
}
