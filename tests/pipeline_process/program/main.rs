//! A program with telemetry that ends in one of many ways: `pipeline_program CONFIG RUNTIME END SPANS`.
//!
//! The runtime is `none`, `current_thread` or `multi_thread`. It makes so many spans, each with a log line in it, says `ready` on standard
//! error, and ends.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::print_stdout, reason = "it is a test's")]

use std::{
    env, fs, process,
    sync::{Mutex, PoisonError},
    thread,
};

use llm_span::{Operation, Telemetry, Usage, call, pipeline::Guard};
use tokio::runtime::{Builder, Handle};
use tracing::{Level, info, info_span};

/// A guard that nothing drops.
static KEPT: Mutex<Option<Guard>> = Mutex::new(None);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [config, runtime, end, spans] = &arguments[..] else { panic!("expected CONFIG RUNTIME END SPANS") };
    let program = || {
        let guard = Telemetry::new().file(config).install().expect("settings that are right");
        work(spans.parse().expect("a number"));
        guard
    };
    let runtime = match runtime.as_str() {
        "none" if end == "after_another_main" => return after_another_main(program),
        "none" => return finish(program(), end),
        "current_thread" => Builder::new_current_thread().enable_all().build(),
        "multi_thread" => Builder::new_multi_thread().worker_threads(2).enable_all().build(),
        other => panic!("no such runtime: {other}"),
    };
    runtime.expect("a runtime").block_on(async {
        let guard = program();
        match end.as_str() {
            "panic_in_task" => {
                let task = tokio::spawn(async { info_span!("failing").in_scope(|| panic!("a task's")) });
                ready(task.await.is_err());
            }
            "graceful" => graceful(guard).await,
            _ => finish(guard, end),
        }
    });
}

/// Set up by a thread that is called as the first one is, and has ended.
fn after_another_main(program: impl FnOnce() -> Guard + Send) {
    let guard = thread::scope(|scope| {
        let setting_up = thread::Builder::new().name("main".into()).spawn_scoped(scope, program).expect("a thread");
        setting_up.join().expect("a guard")
    });
    info_span!("later").in_scope(|| info!("goes on"));
    ready(true);
    drop(guard);
}

fn work(spans: u32) {
    for number in 0..spans {
        info_span!("work", number).in_scope(|| info!(number, "at work"));
    }
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
}

/// With the guard on the stack, where it stays.
fn finish(guard: Guard, end: &str) {
    match end {
        "return" => ready(true),
        "panic" => {
            ready(true);
            panic!("the program's");
        }
        "panic_in_task" => ready(thread::spawn(|| info_span!("failing").in_scope(|| panic!("a thread's"))).join().is_err()),
        "exit" => {
            ready(true);
            process::exit(3);
        }
        "static" => {
            *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(guard);
            ready(true);
        }
        "forget" => {
            std::mem::forget(guard);
            ready(true);
        }
        "wait" => {
            guard.shutdown_on_signals().expect("a thread");
            ready(true);
            loop {
                thread::park();
            }
        }
        // The guard has gone, the thread that waits for signals has not.
        "wait_without_guard" => {
            guard.shutdown_on_signals().expect("a thread");
            drop(guard);
            ready(true);
            loop {
                thread::park();
            }
        }
        "tell" => tell(),
        other => panic!("no such end: {other}"),
    }
}

/// Waits for a signal, goes on a little, and returns.
#[cfg(unix)]
async fn graceful(_guard: Guard) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate()).expect("a signal");
    let mut interrupted = signal(SignalKind::interrupt()).expect("a signal");
    ready(true);
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    info_span!("last request").in_scope(|| info!("finished"));
}

#[cfg(not(unix))]
async fn graceful(_guard: Guard) {
    ready(true);
}

fn ready(is_as_planned: bool) {
    assert!(is_as_planned);
    eprintln!("ready");
}

/// Shows what telemetry has put up: threads, and callsites that are switched on.
fn tell() {
    for task in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        println!("thread {}", fs::read_to_string(task.path().join("comm")).unwrap_or_default().trim());
    }
    println!("spans {}", tracing::span_enabled!(Level::INFO) || tracing::span_enabled!(Level::ERROR));
    println!("lines {}", tracing::event_enabled!(Level::INFO));
    println!("runtime {}", Handle::try_current().is_ok());
    ready(true);
}
