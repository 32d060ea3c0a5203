//! Log lines, each in the span that is entered.

use std::fmt;

/// As most lines are: a message, and some fields.
#[inline(never)]
pub(crate) fn log(number: u64) {
    tracing::info!(request_id = "74722802-6be1-4e14-8e73-d86823fed3e3", number, cached = false, "response generated");
}

/// Text, with what JSON has to escape.
struct Quoted(u64);

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\"{}\"", self.0)
    }
}

/// One of each kind of value.
#[inline(never)]
pub(crate) fn log_each_kind(number: u64) {
    let error: &(dyn std::error::Error + 'static) = &fmt::Error;
    let (signed, wide, share, some) = (-7_i64, u128::MAX, 0.1, Some(number));
    tracing::warn!(number, signed, wide, share, done = true, error, text = %Quoted(number), ?some, "took {number} of {share}");
}
