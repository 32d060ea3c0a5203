//! An annotated body has its arguments as a plain one has them: whole, and dropped in the same order.

#![allow(
    unused_assignments,
    reason = "a body that captures an argument is not seen to drop it, as in `#[instrument]`'s async ones"
)]

use std::{
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use llm_span::{Usage, llm_span, record_usage};

use crate::recorder::record;

thread_local!(static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

/// Tells when it is dropped, by its name, or what it was made since.
struct Named(&'static str, Made);

#[derive(Clone, Copy, PartialEq)]
enum Made {
    Nothing,
    Renamed,
}

impl Drop for Named {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(if self.1 == Made::Renamed { "renamed" } else { self.0 }));
    }
}

fn named(name: &'static str) -> Named {
    Named(name, Made::Nothing)
}

fn dropped() -> Vec<&'static str> {
    DROPPED.with_borrow_mut(std::mem::take)
}

/// What a function drops that is polled as often as that, or to its end.
fn drops<F: Future<Output = u32>>(future: F, polls: u32) -> Vec<&'static str> {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        let ready = (0..polls).any(|_| future.as_mut().poll(&mut context).is_ready());
        DROPPED.with_borrow_mut(|dropped| dropped.push(if ready { "returned" } else { "cancelled" }));
    }));
    dropped()
}

/// The same function with and without the attribute.
macro_rules! both {
    ($plain:ident $annotated:ident $(#[$attribute:meta])* ($($asyncness:tt)?) $arguments:tt $body:block) => {
        $($asyncness)? fn $plain $arguments -> u32 $body

        $(#[$attribute])*
        $($asyncness)? fn $annotated $arguments -> u32 $body
    };
}

/// Ready at the second poll.
#[derive(Default)]
struct Later(bool);

impl Future for Later {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

macro_rules! arguments {
    () => {
        (named("first"), named("as given"), (named("left"), named("right")), named("guard"))
    };
}

both! {
    plain_async annotated_async
    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
    (async) (first: Named, mut renamed: Named, (left, _right): (Named, Named), _guard: Named, panics: bool) {
        let _local = named("local");
        let _used = (&first, &left);
        renamed.1 = Made::Renamed;
        Later::default().await;
        if panics {
            resume_unwind(Box::new("panics"));
        }
        record_usage(Usage::new(1, 1));
        7
    }
}

both! {
    plain_sync annotated_sync
    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
    () (first: Named, mut renamed: Named, (left, _right): (Named, Named), _guard: Named, panics: bool) {
        let _local = named("local");
        let _used = (&first, &left);
        renamed.1 = Made::Renamed;
        if panics {
            resume_unwind(Box::new("panics"));
        }
        record_usage(Usage::new(1, 1));
        7
    }
}

fn as_a_plain_async_fn() {
    for polls in 0..=2 {
        for panics in [false, true] {
            let (first, renamed, pair, guard) = arguments!();
            let plain = drops(plain_async(first, renamed, pair, guard, panics), polls);
            let (first, renamed, pair, guard) = arguments!();
            assert_eq!(
                drops(annotated_async(first, renamed, pair, guard, panics), polls),
                plain,
                "{polls} polls, panics: {panics}"
            );
            assert_eq!(plain.contains(&"renamed"), polls > 0);
        }
    }
}

#[test]
fn an_async_function_drops_its_arguments_as_a_plain_one_does() {
    as_a_plain_async_fn();
    let (_spans, _guard) = record();
    as_a_plain_async_fn();
}

fn as_a_plain_fn() {
    for panics in [false, true] {
        let (first, renamed, pair, guard) = arguments!();
        let _ = catch_unwind(AssertUnwindSafe(|| plain_sync(first, renamed, pair, guard, panics)));
        let plain = dropped();
        let (first, renamed, pair, guard) = arguments!();
        let _ = catch_unwind(AssertUnwindSafe(|| annotated_sync(first, renamed, pair, guard, panics)));
        assert_eq!(dropped(), plain, "panics: {panics}");
        assert!(plain.contains(&"renamed"));
    }
}

#[test]
fn a_function_drops_its_arguments_as_a_plain_one_does() {
    as_a_plain_fn();
    let (_spans, _guard) = record();
    as_a_plain_fn();
}

#[async_trait::async_trait]
trait Renames {
    async fn rename(self, mut other: Named) -> u32;
}

#[async_trait::async_trait]
impl Renames for Named {
    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
    async fn rename(mut self, mut other: Named) -> u32 {
        self.1 = Made::Renamed;
        other.1 = Made::Renamed;
        Later::default().await;
        record_usage(Usage::new(1, 1));
        7
    }
}

#[test]
fn what_a_method_in_disguise_sets_in_its_arguments_is_set_in_what_is_dropped() {
    assert_eq!(drops(named("self").rename(named("other")), 2), ["renamed", "renamed", "returned"]);
    assert_eq!(drops(named("self").rename(named("other")), 1), ["cancelled", "renamed", "renamed"]);
}

struct Request {
    prompt: String,
    limit: u64,
}

/// What is left of an argument when the body has taken a part of it.
#[llm_span(
    operation = "chat", provider = "openai", model = "m",
    usage = |taken: &String| Usage::new(taken.len() as u64, request.limit)
)]
fn partly_taken(request: Request) -> String {
    request.prompt
}

#[test]
fn what_a_body_leaves_of_an_argument_can_be_read_of_the_response() {
    let (spans, _guard) = record();
    assert_eq!(partly_taken(Request { prompt: "four".to_owned(), limit: 6 }), "four");
    assert_eq!(spans.only().tokens(), (4, 6, 10));
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
fn in_some_builds(#[cfg(test)] _here: &str, #[cfg(not(test))] _elsewhere: Named, text: &str) -> String {
    record_usage(Usage::new(1, 1));
    format!("the {text}")
}

#[test]
fn an_argument_may_be_there_in_some_builds_only() {
    assert_eq!(in_some_builds("", "text"), "the text");
}
