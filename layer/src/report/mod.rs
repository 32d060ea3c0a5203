//! Findings as text: what a report says stands apart from how it is printed.
//!
//! A [`Summary`] is data: findings, the places and the spans they are about. Its `Display` is the one form in which this crate
//! prints findings for people. Whatever comes from a program's data goes through [`shown`], so that no prompt and no
//! completion ever stands in a report.

mod elapsed;
mod panel;
mod span_line;
mod summary;

pub(crate) use llm_span_contract::shown;
pub(crate) use panel::{Panel, pairs};
pub(crate) use span_line::{Ending, Required, SpanLine};
pub(crate) use summary::{Entry, Summary};
