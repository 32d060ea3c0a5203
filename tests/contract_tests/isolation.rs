//! Captures don't see each other, and end with their guard.

use std::{sync::Barrier, thread};

use llm_span::{
    Usage,
    testing::{self, capture},
};
use tracing_subscriber::{Layer as _, filter::LevelFilter, layer::SubscriberExt as _};

use crate::{chat, failure};

#[test]
fn threads_do_not_see_each_other() {
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for calls_made in 1..=4 {
            let barrier = &barrier;
            scope.spawn(move || {
                let calls = capture();
                barrier.wait();
                (0..calls_made).for_each(|_| chat());
                barrier.wait();
                assert_eq!(calls.count(), calls_made);
                calls.assert_contract();
            });
        }
    });
}

#[test]
fn an_inner_capture_sees_its_own_and_the_outer_one_all() {
    let outer = capture();
    chat();
    {
        let inner = capture();
        chat();
        chat();
        assert_eq!(inner.count(), 2);
        inner.assert_contract();
    }
    chat();
    assert_eq!(outer.count(), 4);
    assert_eq!(outer.spans().len(), 4, "the root of the inner capture is none of the spans");
}

#[test]
fn an_inner_capture_that_ends_does_not_close_the_span_around_it() {
    let outer = capture();
    let around = tracing::info_span!("around").entered();
    drop(capture());
    assert!(!outer.span("around").is_closed());
    drop(around);
    assert!(outer.span("around").is_closed());
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let outer = capture();
    let inner = capture();
    chat();
    drop(outer);
    inner.in_scope(chat);
    assert_eq!(inner.count(), 2);
}

#[test]
fn an_explicit_parent_decides_where_a_span_belongs() {
    let outer = capture();
    let above = tracing::info_span!("above");
    let inner = capture();
    tracing::info_span!(parent: &above, "below").in_scope(|| {});
    assert_eq!(inner.spans().len(), 0);
    outer.span("below").assert_parent("above");
}

#[test]
fn a_scoped_thread_and_a_carried_scope_belong() {
    for attached in [false, true] {
        let subscriber = tracing_subscriber::registry().with(attached.then(testing::layer));
        tracing::subscriber::with_default(subscriber, || {
            let calls = capture();
            thread::scope(|threads| {
                threads.spawn(|| calls.in_scope(chat));
                threads.spawn(chat);
            });
            let scope = calls.scope();
            thread::spawn(move || scope.in_scope(chat)).join().expect("it does not panic");
            assert_eq!(calls.count(), 2, "attached: {attached}");
            calls.assert_contract();
            assert_eq!(calls.tokens().total, 2 * 192);
        });
    }
}

#[test]
fn records_outside_of_a_call_go_to_the_capture_they_were_made_in() {
    for attached in [false, true] {
        let subscriber = tracing_subscriber::registry().with(attached.then(testing::layer));
        tracing::subscriber::with_default(subscriber, || {
            let outer = capture();
            chat();
            llm_span::record_usage(Usage::new(1, 2));
            let inner = capture();
            chat();
            inner.assert_contract();
            llm_span::record_usage(Usage::new(3, 4));
            assert_eq!(inner.report().findings().len(), 1);
            drop(inner);
            assert_eq!(outer.report().findings().len(), 2, "attached: {attached}");
        });
    }
}

#[test]
fn where_a_filter_hides_the_root_the_capture_stands_alone() {
    let subscribers: [Box<dyn Fn() -> tracing::Dispatch>; 2] = [
        Box::new(|| tracing_subscriber::registry().with(LevelFilter::WARN).with(testing::layer()).into()),
        Box::new(|| tracing_subscriber::registry().with(testing::layer().with_filter(LevelFilter::WARN)).into()),
    ];
    for subscriber in subscribers {
        tracing::dispatcher::with_default(&subscriber(), || {
            let calls = capture();
            let message = failure(|| calls.assert_contract());
            assert!(message.contains("a filter hides `INFO` spans from `testing::layer()`"), "{message}");
            chat();
            calls.assert_contract();
        });
    }
}

#[test]
fn calls_that_belong_to_no_capture_are_a_hint() {
    let subscriber = tracing_subscriber::registry().with(testing::layer());
    tracing::subscriber::with_default(subscriber, || {
        let calls = capture();
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        thread::spawn(move || tracing::dispatcher::with_default(&dispatch, chat)).join().expect("it does not panic");
        assert_eq!(calls.count(), 0);
        let message = failure(|| calls.assert_contract());
        assert!(message.contains("1 call belongs to no capture"), "{message}");
    });
}

fn has_subscriber() -> bool {
    tracing::dispatcher::get_default(|dispatch| !dispatch.is::<tracing::subscriber::NoSubscriber>())
}

#[test]
fn captures_may_end_in_any_order() {
    let ends = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in ends {
        let mut captures: Vec<_> = (0..3).map(|_| Some(capture())).collect();
        for (ended, end) in order.into_iter().enumerate() {
            captures[end] = None;
            let before: Vec<_> = captures.iter().flatten().map(testing::Calls::count).collect();
            chat();
            let innermost = captures.iter().flatten().last().map(testing::Calls::count);
            assert_eq!(innermost, before.last().map(|before| before + 1), "{order:?}, {ended}");
        }
        assert!(!has_subscriber(), "{order:?}: a capture stays in force");
    }
}

#[test]
fn captures_attached_to_a_layer_may_end_in_any_order() {
    let subscriber = tracing_subscriber::registry().with(testing::layer());
    let default = tracing::subscriber::set_default(subscriber);
    let (first, second) = (capture(), capture());
    drop(first);
    chat();
    assert_eq!(second.count(), 1);
    drop(default);
    assert!(!has_subscriber(), "the capture keeps the user's subscriber in force");
    drop(second);
    assert!(!has_subscriber());
}
