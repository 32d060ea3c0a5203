//! What a stream does, poll by poll; made up by chance.

use std::{
    collections::VecDeque,
    ops::Range,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::Stream;
use llm_span::{ReportUsage, Response, Usage};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::ways::Way;

/// A part of a response, told from all others by its number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chunk {
    pub(super) number: usize,
    pub(super) told: Told,
}

/// What a chunk tells of its call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// Prompt and completion as the provider sent them; what is no count among them.
    pub(super) usage: Option<[Option<i128>; 2]>,
    /// Why which choice stopped.
    pub(super) reason: Option<(usize, &'static str)>,
    /// Who asks for the usage meets a panic.
    pub(super) panics: bool,
}

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        if self.told.panics {
            // Without the hook's report: there are thousands.
            resume_unwind(Box::new("the user's code is broken"));
        }
        self.told.usage.map(|[prompt, completion]| Usage::new(prompt, completion))
    }

    fn response(&self) -> Response<'_> {
        let reason = self.told.reason.into_iter();
        reason.fold(Response::default(), |response, (choice, reason)| response.finish_reason_of(choice, reason))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Broken;

/// What one poll comes to.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Chunk(Chunk),
    Error,
    Pending,
    Panic,
}

/// The steps of a stream, which ends after them; and of whoever polls it.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) steps: VecDeque<Step>,
    /// After so many polls it is dropped.
    pub(super) polls: usize,
}

impl Script {
    fn step(&mut self) -> Poll<Option<Result<Chunk, Broken>>> {
        match self.steps.pop_front() {
            Some(Step::Chunk(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Step::Error) => Poll::Ready(Some(Err(Broken))),
            Some(Step::Pending) => Poll::Pending,
            Some(Step::Panic) => resume_unwind(Box::new("the provider's client is broken")),
            None => Poll::Ready(None),
        }
    }
}

impl Stream for Script {
    type Item = Result<Chunk, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.step()
    }
}

impl Iterator for Script {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Poll::Ready(item) => item,
            Poll::Pending => Iterator::next(self),
        }
    }
}

fn told() -> impl Strategy<Value = Told> {
    let count = option::weighted(0.8, prop_oneof![8 => (0..1_000_i128).boxed(), 1 => Just(-7), 1 => Just(i128::from(u64::MAX))]);
    let usage = option::of([count.clone(), count]);
    let reason = option::weighted(0.2, (0..3_usize, select(vec!["stop", "length", "tool_calls"])));
    (usage, reason, prop::bool::weighted(0.05)).prop_map(|(usage, reason, panics)| Told { usage, reason, panics })
}

pub(super) fn script() -> impl Strategy<Value = Script> {
    let chunk = told().prop_map(|told| Step::Chunk(Chunk { number: 0, told }));
    let step = prop_oneof![16 => chunk, 4 => Just(Step::Pending), 1 => Just(Step::Error), 1 => Just(Step::Panic)];
    // Most are played to their end.
    let polls = prop_oneof![2 => Just(usize::MAX), 1 => 0..10_usize];
    (vec(step, 0..10), polls).prop_map(|(mut steps, polls)| {
        for (place, step) in steps.iter_mut().enumerate() {
            if let Step::Chunk(chunk) = step {
                chunk.number = place;
            }
        }
        Script { steps: steps.into(), polls }
    })
}

/// Several streams, each run as a call in one of the ways to do so.
pub(super) fn scripts(count: Range<usize>) -> impl Strategy<Value = Vec<(Way, Script)>> {
    vec((select(Way::ALL.to_vec()), script()), count)
}
