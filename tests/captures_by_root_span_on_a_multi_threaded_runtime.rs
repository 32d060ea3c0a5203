//! A global subscriber holds our layer: captures attach to it and follow the spans onto other threads. Tests in parallel on the
//! threads of one runtime don't see each other, and the user's other layers see all of them.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use llm_span::{
    Operation, Usage, call,
    contract::FindingKind,
    record_usage,
    testing::{self, capture},
};
use tokio::runtime::Runtime;
use tracing::{Instrument as _, Subscriber, span};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

/// A layer of the user's.
struct Counting(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Counting {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        self.0.fetch_add(usize::from(attributes.metadata().name() == "llm.completion"), Ordering::Relaxed);
    }
}

static SEEN: LazyLock<Arc<AtomicUsize>> = LazyLock::new(|| {
    let seen = Arc::new(AtomicUsize::new(0));
    tracing_subscriber::registry().with(Counting(Arc::clone(&seen))).with(testing::layer()).init();
    seen
});

/// One runtime for all tests: their tasks share its threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    LazyLock::force(&SEEN);
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().expect("a runtime starts")
});

async fn complete(tokens: u32) {
    let answer = async {
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>(tokens)
    };
    call(Operation::Chat, "openai", "gpt-4o").run_with(answer, |tokens| Usage::new(*tokens, 0)).await.expect("it succeeds");
}

/// A library function that spawns on its own, and hands on its span as such do.
async fn fan_out(tasks: u32) {
    let spawned: Vec<_> = (1..=tasks).map(|tokens| tokio::spawn(complete(tokens).in_current_span())).collect();
    for task in spawned {
        task.await.expect("it does not panic");
    }
}

#[test]
fn captures_in_parallel_follow_their_own_spans() {
    thread::scope(|threads| {
        for tasks in 1..=16 {
            threads.spawn(move || {
                RUNTIME.block_on(async move {
                    let calls = capture();
                    fan_out(tasks).await;
                    tokio::spawn(calls.capture(fan_out(tasks))).await.expect("it does not panic");
                    calls.assert_contract();
                    assert_eq!(calls.count(), 2 * tasks as usize);
                    assert_eq!(calls.tokens().total, i64::from(tasks * (tasks + 1)));
                });
            });
        }
    });
    assert!(SEEN.load(Ordering::Relaxed) >= 16 * 17, "the user's layer sees them too");
}

#[test]
fn a_task_that_is_not_carried_along_does_not_belong() {
    RUNTIME.block_on(async {
        let calls = capture();
        tokio::spawn(complete(1)).await.expect("it does not panic");
        assert_eq!(calls.count(), 0);
        let report = calls.check_contract().expect_err("nothing was seen");
        assert_eq!(report.findings()[0].finding.kind, FindingKind::NoSpanSeen);
        assert!(report.to_string().contains("to no capture (another test's perhaps)"), "{report}");
        calls.assert_no_calls();
    });
}

#[test]
fn a_record_outside_of_a_call_goes_to_the_capture_of_its_span() {
    RUNTIME.block_on(async {
        let (one, other) = (capture(), async {});
        complete(1).await;
        let lost = async { record_usage(Usage::new(1, 2)) }.in_current_span();
        tokio::spawn(lost).await.expect("it does not panic");
        other.await;
        assert_eq!(one.report().findings().len(), 1);
    });
    let calls = {
        let _ = LazyLock::force(&SEEN);
        capture()
    };
    record_usage(Usage::new(1, 2));
    let kinds: Vec<_> = calls.report().findings().iter().map(|found| found.finding.kind).collect();
    assert_eq!(kinds, [FindingKind::NoSpanSeen, FindingKind::RecordedOutsideCall]);
}

#[test]
fn a_detached_task_may_outlive_the_capture() {
    RUNTIME.block_on(async {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let calls = capture();
        let detached = call(Operation::Chat, "openai", "gpt-4o")
            .run_with(async { Ok::<_, std::io::Error>(tokio::spawn(async { stopped.await.ok() }.in_current_span())) }, |_| {
                Usage::new(128, 64)
            })
            .await
            .expect("it succeeds");
        calls.assert_contract();
        assert_eq!(calls.tokens().total, 192);
        drop(calls);
        stop.send(()).expect("the task waits");
        detached.await.expect("it does not panic");
    });
}
