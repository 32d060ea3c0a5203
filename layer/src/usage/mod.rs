//! Token usage, and how a response reports it.

mod count;
mod report;
mod tokens;

pub use count::{Count, CountProblem, TokenKind};
pub(crate) use report::Streamed;
pub use report::{IntoReport, Report, ReportUsage, Response};
pub use tokens::{InvalidCounts, Usage};
