//! What a program does: calls, streams, requests, tasks, operations of a store.

use llm_span::Operation;
use proptest::{option, prelude::*, sample::select};

/// One thing that a program does.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Call(Call),
    /// A call that tries others inside: all but the last fail. It tells the tokens of the last.
    Retry(Call, u8),
    Stream(Stream),
    /// A call whose future is polled so often; it is ready at the last poll, if it `ends`.
    Future {
        call: Call,
        polls: u8,
    },
    /// A span as others open it, in the words of both contracts.
    Foreign(Call),
    Request {
        method: &'static str,
        route: Option<&'static str>,
        status: Option<u16>,
        bytes: Option<u32>,
    },
    Task(Task),
    /// Runs a task that another thread may have handed over.
    Take,
    Store {
        operation: &'static str,
        backend: &'static str,
        fails: bool,
    },
    /// Something of no metric's concern but that of all spans.
    Other,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) provider: &'static str,
    pub(super) model: &'static str,
    /// Prompt and completion, where the response tells them.
    pub(super) tokens: Option<(i64, i64)>,
    pub(super) end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Error,
    Panic,
    Cancelled,
}

#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) provider: &'static str,
    pub(super) model: &'static str,
    pub(super) prompt: i64,
    /// Each tells the prompt, and one token of completion more.
    pub(super) chunks: u8,
    /// How it ends after those: the end, an error and the end, a panic, a drop.
    pub(super) end: End,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) deployment: &'static str,
    pub(super) kind: &'static str,
    /// What it says of itself at its end.
    pub(super) status: &'static str,
    pub(super) way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is entered, and ends.
    Run,
    /// It is dropped while it waits.
    Dropped,
    /// Another thread takes it, or the main one at last.
    HandedOver,
}

fn model() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(vec![("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5")])
}

fn end() -> impl Strategy<Value = End> {
    select(vec![End::Ok, End::Ok, End::Ok, End::Error, End::Panic, End::Cancelled])
}

fn call() -> impl Strategy<Value = Call> {
    let operation = select(vec![Operation::Chat, Operation::Chat, Operation::TextCompletion, Operation::Embeddings]);
    let tokens = option::weighted(0.9, (0..500_i64, 0..500_i64));
    (operation, model(), tokens, end()).prop_map(|(operation, (provider, model), tokens, end)| Call {
        operation,
        provider,
        model,
        tokens,
        end,
    })
}

fn stream() -> impl Strategy<Value = Stream> {
    (model(), 0..500_i64, 0..6_u8, end()).prop_map(|((provider, model), prompt, chunks, end)| Stream {
        provider,
        model,
        prompt,
        chunks,
        end,
    })
}

fn task() -> impl Strategy<Value = Op> {
    let way = select(vec![Way::Run, Way::Dropped, Way::HandedOver, Way::HandedOver]);
    let status = select(vec!["completed", "failed", "timeout"]);
    (select(vec!["model", "sampler"]), select(vec!["train", "sample"]), status, way)
        .prop_map(|(deployment, kind, status, way)| Op::Task(Task { deployment, kind, status, way }))
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let request = (
        select(vec!["GET", "POST"]),
        option::of(select(vec!["/v1/responses", "/health"])),
        option::weighted(0.9, select(vec![200, 404, 429, 500])),
        option::of(0..100_000_u32),
    );
    let store = (select(super::play::OPERATIONS.to_vec()), select(vec!["memory", "redis"]), any::<bool>());
    prop_oneof![
        4 => call().prop_map(Op::Call),
        2 => (call(), 1..4_u8).prop_map(|(call, tries)| Op::Retry(call, tries)),
        3 => stream().prop_map(Op::Stream),
        3 => (call(), 1..4_u8).prop_map(|(call, polls)| Op::Future { call, polls }),
        2 => call().prop_map(Op::Foreign),
        2 => request.prop_map(|(method, route, status, bytes)| Op::Request { method, route, status, bytes }),
        3 => task(),
        2 => Just(Op::Take),
        2 => store.prop_map(|(operation, backend, fails)| Op::Store { operation, backend, fails }),
        1 => Just(Op::Other),
    ]
}
