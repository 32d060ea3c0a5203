//! Every shape that a call can have: where its tokens come from, how it can end, when its first chunk came, when its span ends.
//!
//! One module a shape, with tests of the same four names. The table of them in the documentation is held against these sources.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod chunks;
mod ends;
mod items;
mod responses;
mod table;

mod agent;
mod async_function;
mod async_trait_method;
mod boxed_future;
mod boxed_iterator;
mod boxed_stream;
mod builder_run;
mod callback;
mod guard;
mod impl_future;
mod impl_iterator;
mod impl_stream;
mod open_call;
mod result_of_stream;
mod sync_function;
mod tool;
