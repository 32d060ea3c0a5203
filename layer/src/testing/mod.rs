//! Tests that fail when a call breaks its contract.
//!
//! ```
//! # use std::io::Error;
//! use llm_span::{Usage, llm_span};
//!
//! #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |tokens: &(u32, u32)| Usage::new(tokens.0, tokens.1))]
//! async fn complete() -> Result<(u32, u32), Error> {
//!     Ok((128, 64))
//! }
//!
//! # /*
//! #[tokio::test]
//! async fn complete_honours_the_contract() {
//! # */
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//!     let calls = llm_span::testing::capture();
//!     complete().await.unwrap();
//!     calls.assert_contract(); // panics with a report that names file, line, attribute and the fix
//!     assert_eq!(calls.tokens().total, 192);
//! }
//! ```
//!
//! A failing check reads so:
//!
//! ```text
//! contract amtp: 1 violation in 1 of 3 spans
//!
//! error[missing-attribute]: `llm.tokens.completion` was never recorded
//!    ╭▸ src/chat.rs:17 in app::chat
//!    │ span llm.completion closed ok after 41 ms with 7 of 8 required attributes
//!    ╰ help: the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`
//! ```
//!
//! # One thread, or many
//!
//! [`capture`] needs no set-up. It captures what its own thread does, and lives beside a global subscriber that the program
//! installs, earlier or later. Tests in parallel don't see each other.
//!
//! Tasks and threads that a test starts elsewhere are captured where the capture is carried along:
//! `tokio::spawn(calls.capture(future))`, [`Calls::in_scope`] on a scoped thread, [`Calls::scope`] for all else.
//!
//! Where the code under test spawns by itself, on a runtime with several threads, install [`layer`] once in the test binary and
//! let the code hand on its span (`.in_current_span()`): captures then attach to that subscriber and follow the spans.
//!
//! # Nothing seen is a failure
//!
//! A check that saw no call fails, and says why it may not have. Where none is expected, [`Calls::assert_no_calls`] says so; it
//! makes sure first that a call would have been seen.

mod absence;
mod active;
mod calls;
mod capture;
mod check;
mod contract_assertions;
mod contract_report;
mod default;
mod fail;
mod keeper;
mod layer;
mod names;
mod outside;
mod place;
mod read;
mod root;
mod scope;
mod snapshot;
mod span;
mod span_assertions;
mod store;
mod stream;
mod tokens;
mod tree;

pub use calls::Calls;
pub use capture::{Capture, capture, capture_with};
pub use contract_report::{ContractFinding, ContractReport};
pub use keeper::keep_callsites_open;
pub use layer::{CaptureLayer, layer};
pub use place::Place;
pub use scope::{Captured, Scope};
pub use span::CapturedSpan;
pub use tokens::Tokens;
