//! What a span of an LLM call must carry, stated once, as data.
//!
//! A [`Contract`] holds [`Attribute`]s (key, type, on which operation and outcome they are required), [`Relation`]s between
//! them, and the [`Metric`]s that are measured from them. [`Contracts::check`] compares plain [`Observed`] data with the active
//! contracts and returns [`Finding`]s. The `#[llm_span]` macro, the `LlmLayer` and the test support of the `llm-span`
//! crate all read these tables, so a compile error, a test report and a dashboard speak of the same names.
//!
//! This crate has no dependencies and does no I/O.
//!
//! ```
//! use llm_span_contract::{Contracts, FindingKind, Observed};
//!
//! let span = Observed::new("llm.completion")
//!     .with("llm.provider", "openai")
//!     .with("llm.model", "gpt-4o")
//!     .with("llm.request.type", "chat")
//!     .with("llm.tokens.prompt", 128)
//!     .with("llm.tokens.completion", 64)
//!     .with("llm.tokens.total", 190)
//!     .with("gen_ai.system", "openai")
//!     .with("gen_ai.request.model", "gpt-4o");
//!
//! let findings = Contracts::from(llm_span_contract::Contract::amtp()).check(&span);
//! assert_eq!(findings.len(), 1);
//! assert_eq!(findings[0].kind, FindingKind::BrokenRelation);
//! assert_eq!(findings[0].message, "`llm.tokens.total` is 190, prompt + completion is 192");
//! ```

#![forbid(unsafe_code)]

mod argument;
mod attribute;
mod builder;
mod builtin;
mod check;
mod content;
mod contract;
pub mod decimal;
mod finding;
mod generation;
pub mod keys;
mod metric;
mod naming;
mod observed;
mod operation;
mod outcome;
pub mod provider;
mod relation;
pub mod stamp;
pub mod suggest;
mod value;

pub use argument::{ARGUMENTS, Argument};
pub use attribute::{Attribute, Demand, Requirement, SetAt, Values};
pub use builder::{ContractBuilder, ContractError};
pub use builtin::{is_phase, known_attribute, known_attributes};
pub use content::shown;
pub use contract::{Contract, Contracts, Selector};
pub use finding::{Finding, FindingKind, Level};
pub use generation::Generation;
pub use metric::{
    Amount, Condition, Fact, Label, Measure, Metric, MetricBuilder, MetricError, MetricKind, MetricSet, MetricSets, Point,
    Source, Spans,
};
pub use naming::Naming;
pub use observed::Observed;
pub use operation::{Operation, OperationSet, SpanKind};
pub use outcome::Outcome;
pub use relation::Relation;
pub use value::{AttributeType, Value};
