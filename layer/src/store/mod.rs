//! Reads back what the pipeline has written into a SQLite file: traces, slow spans, sums of tokens and costs, the tree of a trace.
//!
//! ```no_run
//! use llm_span::store::{Order, Store, TraceQuery, UsageQuery};
//!
//! let store = Store::open("telemetry.db")?;
//! for trace in store.traces(&TraceQuery::new().attribute("llm.model", "gpt-4o").order(Order::Slowest).limit(10))? {
//!     println!("{} {} {:?}", trace.trace_id, trace.name, trace.duration);
//! }
//! for day in store.usage(&UsageQuery::new())? {
//!     println!("{} {} {}", day.day, day.model, day.sums.total_tokens);
//! }
//! # Ok::<(), llm_span::store::StoreError>(())
//! ```
//!
//! # With SQL
//!
//! The file is an ordinary database (WAL mode), to be read by any tool while a program writes it. `timestamp` is a text in UTC,
//! `2026-11-21 08:52:32.636727`, which compares with `datetime('now')`; `start_ns`, `end_ns` and `time_ns` are nanoseconds since 1970;
//! `duration_ms` is a fraction. Attributes are a JSON object. SQLite finds one of them by a path with its key in quotes; the SQLite that is built in
//! here also by the bare key, whose dots older ones take for steps of a path:
//!
//! ```sql
//! SELECT name, attributes ->> '$."llm.model"' FROM spans WHERE timestamp > datetime('now', '-1 hour');
//! SELECT name, attributes ->> 'llm.model' FROM spans ORDER BY duration_ms DESC LIMIT 10;
//! ```
//!
//! A metric event counts each request once, however many spans it has, and whatever the sampler has kept of them: sums of tokens are taken from
//! `metrics`, not from spans.
//!
//! All tables, with what each column has:
//!
//! ```sql
#![doc = include_str!("schema.sql")]
//! ```

mod attribute;
mod conditions;
mod error;
mod filter;
mod read;
pub(crate) mod schema;
mod spans;
mod sums;
pub(crate) mod time;
mod traces;
mod tree;
mod usage;
pub(crate) mod value;

pub use error::StoreError;
pub use filter::Order;
pub use read::Store;
pub use spans::{SpanEvent, SpanLink, SpanQuery, SpanRow, SpanStatus};
pub use sums::Sums;
pub use traces::{TraceQuery, TraceRow};
pub use tree::{TraceNode, TraceTree};
pub use usage::{UsageQuery, UsageRow};
pub use value::{Attributes, Value};
