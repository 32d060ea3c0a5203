//! Token usage, and how a response reports it.

mod count;
mod report;
mod tokens;
#[cfg(feature = "serde_json")]
mod value;

pub use count::{Count, CountProblem, TokenKind};
pub use report::{IntoReport, Report, ReportUsage, Response};
pub use tokens::{InvalidCounts, Usage};
