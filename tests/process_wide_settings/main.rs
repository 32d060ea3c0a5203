//! What is installed for the whole process: prices, and the capture of content.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod content;
mod prices;

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// One test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One test at a time, of those that are asynchronous.
fn run_alone(test: impl Future<Output = ()>) {
    let _alone = alone();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
}
