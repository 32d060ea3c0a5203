//! What is known of a call whose stream was played so far: the reference that spans and counters are held against.

use std::task::Poll;

use llm_span::{
    Outcome,
    testing::{CapturedSpan, Tokens},
};
use proptest::prelude::*;

use super::{
    script::{Broken, Chunk, Script, Step, Told},
    ways::Way,
};

#[derive(Clone, Debug)]
pub(super) struct Model {
    way: Way,
    script: Script,
    polls: usize,
    chunks: i64,
    /// Prompt and completion.
    usage: [Option<i64>; 2],
    /// What was wrong with them.
    invalid: [[bool; 2]; 2],
    reasons: [&'static str; 3],
    failed: bool,
    outcome: Option<Outcome>,
}

const KINDS: [&str; 2] = ["prompt", "completion"];
const PROBLEMS: [&str; 2] = ["negative", "too large"];

impl Model {
    pub(super) fn new(way: Way, script: &Script) -> Self {
        Self {
            way,
            script: script.clone(),
            polls: 0,
            chunks: 0,
            usage: [None; 2],
            invalid: [[false; 2]; 2],
            reasons: [""; 3],
            failed: false,
            outcome: None,
        }
    }

    /// Whether the script wants a further poll.
    pub(super) fn is_going_on(&self) -> bool {
        self.outcome.is_none() && self.polls < self.script.polls
    }

    /// What the next poll comes to; `None` for a panic.
    pub(super) fn poll(&mut self) -> Option<Poll<Option<Result<Chunk, Broken>>>> {
        self.polls += 1;
        let step = self.script.steps.pop_front();
        match &step {
            Some(Step::Pending) if self.way.waits() => return self.poll(),
            Some(Step::Chunk(chunk)) => self.chunk(&chunk.told),
            Some(Step::Error) => self.failed |= self.outcome.is_none(),
            Some(Step::Panic) => self.end(Outcome::Panic),
            Some(Step::Pending) => {}
            None => self.end(if self.failed { Outcome::Error } else { Outcome::Ok }),
        }
        match step {
            Some(Step::Chunk(chunk)) => Some(Poll::Ready(Some(Ok(chunk)))),
            Some(Step::Error) => Some(Poll::Ready(Some(Err(Broken)))),
            Some(Step::Pending) => Some(Poll::Pending),
            Some(Step::Panic) => None,
            None => Some(Poll::Ready(None)),
        }
    }

    pub(super) fn dropped(&mut self) {
        self.end(if self.failed { Outcome::Error } else { Outcome::Cancelled });
    }

    /// What happens after a call's end changes nothing of it.
    fn end(&mut self, outcome: Outcome) {
        self.outcome.get_or_insert(outcome);
    }

    fn chunk(&mut self, told: &Told) {
        if self.outcome.is_some() {
            return;
        }
        self.chunks += 1;
        if told.panics {
            return;
        }
        for (kind, count) in told.usage.into_iter().flatten().enumerate() {
            let Some(count) = count else { continue };
            match i64::try_from(count) {
                Ok(count) if count >= 0 => self.usage[kind] = Some(count),
                _ => self.invalid[kind][usize::from(count > 0)] = true,
            }
        }
        if let Some((choice, reason)) = told.reason {
            self.reasons[choice] = reason;
        }
    }

    pub(super) fn usage(&self) -> [Option<i64>; 2] {
        self.usage
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// What the counters count of it.
    pub(super) fn tokens(&self) -> Tokens {
        let [prompt, completion] = self.usage;
        Tokens {
            prompt: prompt.unwrap_or_default(),
            completion: completion.unwrap_or_default(),
            total: self.total().unwrap_or_default(),
        }
    }

    fn total(&self) -> Option<i64> {
        let [prompt, completion] = self.usage;
        Some(prompt? + completion?)
    }

    pub(super) fn agrees_with(&self, span: &CapturedSpan) -> Result<(), TestCaseError> {
        let int = |key| span.attribute(key).map(|value| value.as_int().unwrap());
        let text = |key| span.attribute(key).map(|value| value.as_str().unwrap().to_owned());
        let [prompt, completion] = self.usage;
        prop_assert_eq!(span.outcome(), self.outcome);
        prop_assert_eq!(span.error_type(), self.error_type().map(str::to_owned));
        prop_assert_eq!([int("llm.tokens.prompt"), int("gen_ai.usage.input_tokens")], [prompt; 2]);
        prop_assert_eq!([int("llm.tokens.completion"), int("gen_ai.usage.output_tokens")], [completion; 2]);
        prop_assert_eq!(int("llm.tokens.total"), self.total());
        prop_assert_eq!(text("llm.usage.invalid"), self.invalid());
        prop_assert_eq!(text("gen_ai.response.finish_reasons"), self.reasons());
        // An open call is a stream's from its first chunk on.
        let is_stream = self.way != Way::Open || self.chunks > 0;
        prop_assert_eq!(span.chunks(), is_stream.then_some(self.chunks));
        prop_assert_eq!(span.attribute("gen_ai.request.stream").is_some(), is_stream);
        prop_assert_eq!(span.time_to_first_chunk().is_some(), self.chunks > 0);
        is_recorded_once(span)
    }

    fn error_type(&self) -> Option<&'static str> {
        match self.outcome? {
            Outcome::Panic => Some("panic"),
            Outcome::Error => Some("Broken"),
            _ => None,
        }
    }

    fn invalid(&self) -> Option<String> {
        let of = |kind: usize| (0..2).filter(move |problem| self.invalid[kind][*problem]).map(move |problem| (kind, problem));
        let told: Vec<_> =
            (0..2).flat_map(of).map(|(kind, problem)| format!("{} is {}", KINDS[kind], PROBLEMS[problem])).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn reasons(&self) -> Option<String> {
        let last = self.reasons.iter().rposition(|reason| !reason.is_empty())?;
        let told = self.reasons[..=last]
            .iter()
            .map(|reason| if reason.is_empty() { r#""error""#.into() } else { format!("{reason:?}") });
        Some(format!("[{}]", told.collect::<Vec<_>>().join(",")))
    }
}

/// A span is closed, and no attribute of it was recorded twice.
pub(super) fn is_recorded_once(span: &CapturedSpan) -> Result<(), TestCaseError> {
    prop_assert!(span.is_closed());
    let mut keys: Vec<_> = span.records().map(|(key, _)| key).collect();
    keys.sort_unstable();
    let twice: Vec<_> = keys.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    prop_assert!(twice.is_empty(), "recorded twice: {twice:?}");
    Ok(())
}
