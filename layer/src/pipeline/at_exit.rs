//! The end of a program that does not drop its guard.
//!
//! A guard that stands in a `static`, or was forgotten, is never dropped; one in `main` is not by `std::process::exit`, which unwinds nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
};

use super::guard::Inner;

/// The pipelines of this process.
static LIVE: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

/// A pipeline to be ended with the program. It has to be set up on the main thread, whose end tells of the program's; `std::process::exit`
/// that is called on another thread runs nothing on this one.
pub(super) fn register(pipeline: &Arc<Inner>) {
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    live.retain(|pipeline| pipeline.strong_count() > 0);
    live.push(Arc::downgrade(pipeline));
    drop(live);
    // On Windows other threads are gone by then.
    if cfg!(unix) && is_main_thread() {
        let _ = AT_EXIT_OF_MAIN.try_with(|_| ());
    }
}

/// Whether this is the thread that the process began with. Its name says so where nothing better is known; any thread may be named `main`.
fn is_main_thread() -> bool {
    number_says().unwrap_or_else(|| thread::current().name() == Some("main"))
}

/// On Linux the first thread has the number of the process: `42/task/42`.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn number_says() -> Option<bool> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    let (process, thread) = link.to_str()?.split_once("/task/")?;
    Some(process == thread)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn number_says() -> Option<bool> {
    None
}

/// Ends all pipelines, each in its time, all at once. Those that have ended already take none.
pub(super) fn shutdown_all() {
    // At the end of a thread, what is told on the way may need what the thread has no more; a panic there would abort the program.
    drop(catch_unwind(AssertUnwindSafe(shutdown_each)));
}

fn shutdown_each() {
    let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut live = live.iter().filter_map(Weak::upgrade);
    // Hardly ever more than one, for which no thread is needed.
    let first = live.next();
    let others = live.filter_map(|pipeline| thread::Builder::new().spawn(move || drop(pipeline.shutdown())).ok());
    let others: Vec<_> = others.collect();
    if let Some(first) = first {
        drop(first.shutdown());
    }
    for other in others {
        drop(other.join());
    }
}

/// Dropped when its thread ends; for the main thread that is when the process does.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        shutdown_all();
    }
}

thread_local!(static AT_EXIT_OF_MAIN: AtExit = const { AtExit });
