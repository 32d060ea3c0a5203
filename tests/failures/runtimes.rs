//! Runtimes that are shut down while calls and streams are under way: each of them is cancelled, and keeps what it had used.

use std::{
    future::Future,
    sync::mpsc::{Sender, channel},
};

use futures_util::{FutureExt as _, StreamExt as _};
use llm_span::{OpenCall, Operation, Outcome, Usage, agent, call};
use tokio::runtime::{Builder, Runtime};
use tracing::instrument::WithSubscriber as _;

use crate::{
    asked::{assert_all, assert_ended, begun, stalling, stalls},
    ledger::{self, Ledger},
};

fn of_one_thread() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn of_several_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn opened(used: i64) -> OpenCall {
    let call = call(Operation::Chat, "openai", "gpt-4o").open();
    call.handle().record_usage(Usage::new(used, 0));
    call
}

/// Has the runtime run something that never ends. When the task is dropped, that goes first and `gone` after it.
fn hold<T: Send + 'static>(runtime: &Runtime, gone: &Sender<()>, held: impl Future<Output = T> + Send + 'static) {
    let gone = gone.clone();
    let (runs, running) = channel();
    runtime.spawn(async move {
        let _gone = gone;
        runs.send(()).unwrap();
        held.await;
    });
    if runtime.metrics().num_workers() > 1 {
        running.recv().unwrap();
    }
}

/// Puts three calls into the runtime that began here, and shuts it down: what drops them there has no subscriber.
fn shut_down_under_way(runtime: Runtime, shut_down: impl FnOnce(Runtime)) {
    let (ledger, calls) = ledger::open();
    let (gone, all_gone) = channel();
    hold(&runtime, &gone, begun(stalls((100, 1))));
    let mut chunks = stalling((10, 1));
    assert_eq!(chunks.next().now_or_never(), Some(Some((10, 1))));
    hold(&runtime, &gone, async move { while chunks.next().await.is_some() {} });
    let call = opened(1);
    hold(&runtime, &gone, async move {
        std::future::pending::<()>().await;
        call.succeed(());
    });
    drop(gone);
    runtime.block_on(tokio::task::yield_now());
    shut_down(runtime);
    all_gone.recv().unwrap_err(); // nobody is left to send
    assert_all(&ledger, &calls, Outcome::Cancelled, (111, 2));
}

#[test]
fn a_runtime_of_one_thread_that_is_dropped() {
    shut_down_under_way(of_one_thread(), drop);
}

#[test]
fn a_runtime_of_one_thread_that_goes_down_in_the_background() {
    shut_down_under_way(of_one_thread(), Runtime::shutdown_background);
}

#[test]
fn a_runtime_of_several_threads_that_is_dropped() {
    shut_down_under_way(of_several_threads(), drop);
}

#[test]
fn a_runtime_of_several_threads_that_goes_down_in_the_background() {
    shut_down_under_way(of_several_threads(), Runtime::shutdown_background);
}

/// An agent, a call below it, and a stream below that, all of which the runtime itself has begun.
fn shut_down_with_a_tree(runtime: Runtime, ledger: &Ledger, calls: &llm_span::testing::Calls) {
    let (gone, all_gone) = channel::<()>();
    let (waits, waiting) = channel();
    let tree = agent("tutor").sum_of_children().run_in_body(async move {
        let mut chunks = stalling((10, 1));
        chunks.next().await;
        waits.send(()).unwrap();
        tokio::join!(stalls((100, 1)), chunks.next());
        Some(())
    });
    runtime.spawn(
        calls.capture(
            async move {
                let _gone = gone;
                tree.await
            }
            .with_subscriber(ledger.dispatch()),
        ),
    );
    runtime.block_on(tokio::task::yield_now());
    waiting.recv().unwrap();
    drop(runtime);
    all_gone.recv().unwrap_err();
}

#[test]
fn a_tree_of_calls_is_cancelled_from_the_inside_out() {
    let (ledger, calls) = ledger::open();
    shut_down_with_a_tree(of_one_thread(), &ledger, &calls);
    let agent = &calls.all()[0];
    assert_eq!(agent.children().len(), 2);
    agent.assert_attribute("gen_ai.usage.input_tokens", 110);
    agent.assert_attribute("gen_ai.usage.output_tokens", 2);
    for call in calls.all() {
        call.assert_outcome(Outcome::Cancelled);
    }
    assert_ended(&ledger, &calls, (110, 2));
}
