//! Listens, and serves requests until it is told to stop.

mod connection;
mod listen;
mod rest;
mod serve;
mod stop;

pub(crate) use listen::{Reserved, bind};
pub(crate) use serve::serve;
pub(crate) use stop::{Stop, Stopping, on_signals, stop};
