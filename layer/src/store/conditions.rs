//! Conditions of a query: their text is of this crate, their values are always bound.

use rusqlite::types::Value as SqlValue;

/// What rows have to fulfil.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    sql: String,
    values: Vec<SqlValue>,
}

impl Conditions {
    /// One more; it has as many `?` as there are values.
    pub(super) fn and<const N: usize>(&mut self, condition: &'static str, values: [SqlValue; N]) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// All of the others in one, within a condition of their own: `EXISTS (SELECT …` and `)`.
    pub(super) fn and_within(&mut self, before: &'static str, inner: Self, after: &'static str) {
        if inner.sql.is_empty() {
            return;
        }
        self.and(before, []);
        self.sql.push_str(&inner.sql.replacen(" WHERE ", " AND ", 1));
        self.sql.push_str(after);
        self.values.extend(inner.values);
    }

    /// The query: what is asked for, these conditions, the order.
    pub(super) fn query(self, select: &str, rest: &str, limit: usize) -> (String, Vec<SqlValue>) {
        let mut values = self.values;
        values.push(SqlValue::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        (format!("{select}{}{rest} LIMIT ?", self.sql), values)
    }
}
