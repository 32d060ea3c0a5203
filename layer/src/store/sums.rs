//! Tokens and costs, added up.

use rusqlite::Row;

/// What requests to models took, from their metric events, which count each request once.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Sums {
    /// How many requests told their usage.
    pub requests: u64,
    /// Tokens of prompts.
    pub prompt_tokens: u64,
    /// Tokens of completions.
    pub completion_tokens: u64,
    /// Tokens altogether.
    pub total_tokens: u64,
    /// In US dollars; `None` where no price is known.
    pub cost: Option<f64>,
}

impl Sums {
    /// Whether nothing is known of any request.
    pub const fn is_empty(&self) -> bool {
        self.requests == 0
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(other.completion_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        self.cost = match (self.cost, other.cost) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
    }

    /// From the columns of [`COLUMNS`], which begin there.
    pub(super) fn of(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let tokens = |at: usize| -> rusqlite::Result<u64> {
            let (high, low): (i64, i64) = (row.get(first + at)?, row.get(first + at + 1)?);
            Ok(u64::try_from((i128::from(high) << 32) + i128::from(low)).unwrap_or(0))
        };
        let requests: i64 = row.get(first)?;
        Ok(Self {
            requests: u64::try_from(requests).unwrap_or_default(),
            prompt_tokens: tokens(1)?,
            completion_tokens: tokens(3)?,
            total_tokens: tokens(5)?,
            cost: row.get(first + 7)?,
        })
    }
}

/// Which metric events are added up: by their units as well, since a program may emit others of these names.
pub(super) const METRICS: &str =
    "(metric = 'cost' AND unit = 'USD' OR metric IN ('prompt_tokens', 'completion_tokens', 'total_tokens') AND unit = 'tokens')";

/// Sums in two halves, so that no value that a program emits makes them overflow, which SQLite answers with an error.
pub(super) const COLUMNS: &str = "
    count(DISTINCT coalesce(trace_id || span_id, 'event ' || id)),
    sum(iif(metric = 'prompt_tokens', value >> 32, 0)), sum(iif(metric = 'prompt_tokens', value & 4294967295, 0)),
    sum(iif(metric = 'completion_tokens', value >> 32, 0)), sum(iif(metric = 'completion_tokens', value & 4294967295, 0)),
    sum(iif(metric = 'total_tokens', value >> 32, 0)), sum(iif(metric = 'total_tokens', value & 4294967295, 0)),
    sum(iif(metric = 'cost', CAST(value AS REAL), NULL))";
