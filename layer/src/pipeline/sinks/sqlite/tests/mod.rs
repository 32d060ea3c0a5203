//! The sink, with events made by hand, read back by `Store` and by SQL.

mod faults;
mod log;
mod opening;
mod queries;
mod retention;
mod rows;
mod support;
mod traces;
