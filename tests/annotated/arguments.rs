//! What an annotated body sets in its arguments is set in what is dropped, as in a plain function; and all that a plain one may have in
//! its signature an annotated one may, too.

#![allow(unused_assignments, reason = "what a body captures it is not seen to drop, as in the async ones of `#[instrument]`")]

use std::{
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use llm_span::{Usage, llm_span, record_usage};

use crate::recorder::record;

thread_local!(static DROPPED: RefCell<Vec<(&'static str, bool)>> = const { RefCell::new(Vec::new()) });

/// Tells when it is dropped, and whether it was committed.
struct Guard {
    name: &'static str,
    committed: bool,
}

impl Guard {
    const fn new(name: &'static str) -> Self {
        Self { name, committed: false }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push((self.name, self.committed)));
    }
}

/// What code drops, whether it panics or not.
fn drops(code: impl FnOnce()) -> Vec<(&'static str, bool)> {
    let _ = catch_unwind(AssertUnwindSafe(code));
    DROPPED.with_borrow_mut(std::mem::take)
}

/// Polls a future that often, and drops it.
fn poll(future: impl Future, times: u32) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let _ = (0..times).any(|_| future.as_mut().poll(&mut context).is_ready());
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

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
fn commits(mut guard: Guard, (mut other, number): (Guard, u32), panics: bool) -> u32 {
    guard.committed = true;
    other.committed = true;
    if panics {
        resume_unwind(Box::new("panics"));
    }
    record_usage(Usage::new(1, 1));
    number
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
async fn commits_later(mut guard: Guard, (mut other, number): (Guard, u32), panics: bool) -> u32 {
    guard.committed = true;
    other.committed = true;
    Later::default().await;
    commits(Guard::new("inner"), (Guard::new("inner"), number), panics)
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
fn commits_when_made(mut guard: Guard) -> impl Future<Output = u32> {
    guard.committed = true;
    async {
        record_usage(Usage::new(1, 1));
        7
    }
}

#[async_trait::async_trait]
trait Commit {
    async fn commit(self, other: Guard) -> u32;
}

#[async_trait::async_trait]
impl Commit for Guard {
    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
    async fn commit(mut self, mut other: Guard) -> u32 {
        self.committed = true;
        other.committed = true;
        Later::default().await;
        record_usage(Usage::new(1, 1));
        7
    }
}

fn what_is_set_is_set_in_what_is_dropped() {
    let (one, other) = (("one", true), ("other", true));
    let arguments = || (Guard::new("one"), (Guard::new("other"), 7));
    for panics in [false, true] {
        let (guard, pair) = arguments();
        assert_eq!(drops(|| _ = commits(guard, pair, panics)), [other, one]);
        let (guard, pair) = arguments();
        let dropped = drops(|| poll(commits_later(guard, pair, panics), 2));
        assert_eq!(dropped, [("inner", true), ("inner", true), other, one]);
    }
    let (guard, pair) = arguments();
    assert_eq!(drops(|| poll(commits_later(guard, pair, false), 1)), [other, one], "cancelled");
    assert_eq!(drops(|| poll(commits_when_made(Guard::new("one")), 1)), [one]);
    for polls in [1, 2] {
        assert_eq!(drops(|| poll(Guard::new("one").commit(Guard::new("other")), polls)), [other, one]);
    }
}

#[test]
fn what_a_body_sets_in_its_arguments_is_set_in_what_is_dropped() {
    what_is_set_is_set_in_what_is_dropped();
    let (_spans, _guard) = record();
    what_is_set_is_set_in_what_is_dropped();
}

struct Request {
    prompt: String,
    limit: u64,
}

fn request() -> Request {
    Request { prompt: "four".to_owned(), limit: 6 }
}

#[llm_span(
    operation = "chat", provider = "openai", model = "m",
    usage = |taken: &String| Usage::new(taken.len() as u64, request.limit)
)]
fn takes_a_part(mut request: Request) -> String {
    request.limit += 1;
    request.prompt
}

#[llm_span(
    operation = "chat", provider = "openai", model = "m",
    usage = |taken: &String| Usage::new(taken.len() as u64, request.limit)
)]
fn takes_a_part_later(mut request: Request) -> impl Future<Output = String> {
    request.limit += 1;
    let prompt = request.prompt;
    async move { prompt }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "limit_{}", self.limit)
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "m", error_type = |_| format!("{request}"))]
async fn named_in_a_format(mut request: Request) -> Result<NoAnswer, u64> {
    request.limit += 1;
    Err(request.limit)
}

#[derive(Debug, PartialEq)]
struct NoAnswer;

impl llm_span::ReportUsage for NoAnswer {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[tokio::test]
async fn what_a_body_leaves_of_an_argument_can_be_read_of_the_response() {
    let (spans, _guard) = record();
    assert_eq!(takes_a_part(request()), "four");
    assert_eq!(spans.only().tokens(), (4, 6, 10));
    drop(spans);
    let (spans, _guard) = record();
    assert_eq!(takes_a_part_later(request()).await, "four");
    assert_eq!(spans.only().tokens(), (4, 6, 10));
    drop(spans);
    let (spans, _guard) = record();
    assert_eq!(named_in_a_format(request()).await, Err(7));
    assert_eq!(spans.only().text("error.type"), "limit_6");
}

/// What only some builds have is asked for in these only.
#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
fn in_some_builds(
    #[cfg(not(test))] mut elsewhere: Guard,
    Guard {
        #[cfg(not(test))]
        mut name,
        ..
    }: &Guard,
    mut text: String,
) -> String {
    #[cfg(not(test))]
    {
        elsewhere.committed = true;
        name = "";
    }
    record_usage(Usage::new(1, 1));
    text.push('!');
    text
}

#[test]
fn an_argument_may_be_there_in_some_builds_only() {
    assert_eq!(in_some_builds(&Guard::new("guard"), "text".to_owned()), "text!");
}

/// Items may stand first in a body.
#[llm_span(operation = "chat", provider = "openai", model = "m", usage = in_body)]
async fn items_first(mut size: usize) -> usize {
    use std::mem::size_of;
    const TWICE: usize = 2;
    record_usage(Usage::new(1, 1));
    size += size_of::<u8>();
    TWICE * size
}

#[tokio::test]
async fn a_body_may_begin_with_items() {
    assert_eq!(items_first(5).await, 12);
}
