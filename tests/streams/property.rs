//! Whatever a stream does and whenever it is dropped: its span and the counters say what a simple model of it says.

#[path = "../failures/ledger.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod ledger;
mod model;
mod nested;
mod script;
mod ways;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Waker},
};

use futures_util::Stream;
use llm_span::testing::{self, Calls, CapturedSpan, Tokens};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{TestError, TestRunner},
};

use ledger::Ledger;
use model::Model;
use script::{Broken, Chunk, Script, scripts};
use ways::Way;

type Chunks = Pin<Box<dyn Stream<Item = Result<Chunk, Broken>> + Send>>;

/// A stream under way, and what is expected of it.
struct Playing {
    /// `None` once it is dropped.
    stream: Option<Chunks>,
    model: Model,
}

impl Playing {
    fn start(way: Way, script: &Script) -> Self {
        Self { stream: Some(way.start(script.clone())), model: Model::new(way, script) }
    }

    /// Polls it once. What comes out is what its script says.
    fn poll(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let mut context = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| stream.as_mut().poll_next(&mut context)));
        assert_eq!(polled.ok(), self.model.poll());
    }

    fn drop_it(&mut self) {
        if self.stream.take().is_some() {
            self.model.dropped();
        }
    }

    /// Polls it as often as its script is meant to be, then drops it.
    fn play(mut self) -> Model {
        while self.model.is_going_on() {
            self.poll();
        }
        self.drop_it();
        self.model
    }
}

/// Runs the property with one ledger for all its cases: to set up a meter takes longer than a case.
fn check<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(&Ledger, S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { failure_persistence: None, max_shrink_iters: 10_000, ..ProptestConfig::with_cases(cases) };
    let ledger = Ledger::open();
    let test = |case| {
        ledger.counted(); // what a case before this one has left, which failed
        test(&ledger, case)
    };
    match TestRunner::new(config).run(strategy, test) {
        Err(TestError::Fail(why, case)) => panic!("{why}\nof {case:?}"),
        other => other.unwrap(),
    }
}

/// Spans, counters and the capture say what the models say.
fn agree(ledger: &Ledger, calls: &Calls, models: &[Model]) -> Result<(), TestCaseError> {
    let spans: Vec<CapturedSpan> = calls.spans();
    prop_assert_eq!(spans.len(), models.len());
    for (span, model) in spans.iter().zip(models) {
        model.agrees_with(span)?;
    }
    let expected: Tokens = models.iter().map(Model::tokens).sum();
    counted(ledger, calls, expected)
}

/// Both counters and the capture have counted that. What a capture calls the total of a call that told one part is that part; the
/// counter of totals leaves the call out.
fn counted(ledger: &Ledger, calls: &Calls, expected: Tokens) -> Result<(), TestCaseError> {
    prop_assert_eq!(ledger.counted(), expected, "the counters");
    let Tokens { prompt, completion, .. } = calls.tokens();
    prop_assert_eq!((prompt, completion), (expected.prompt, expected.completion), "the capture");
    Ok(())
}

fn all_start(ways_and_scripts: &[(Way, Script)]) -> Vec<Playing> {
    ways_and_scripts.iter().map(|(way, script)| Playing::start(*way, script)).collect()
}

#[test]
fn streams_that_interleave_on_a_thread_are_each_told_and_counted_as_the_model_says() {
    let order = proptest::collection::vec((any::<Index>(), prop::bool::weighted(0.05)), 0..60);
    check(300, &(scripts(1..5), order), |ledger, (scripts, order)| {
        let calls = testing::capture();
        let mut playing = all_start(&scripts);
        for (which, drops) in order {
            let one = which.get_mut(&mut playing);
            if drops { one.drop_it() } else { one.poll() }
        }
        playing.iter_mut().for_each(Playing::drop_it);
        let models: Vec<_> = playing.into_iter().map(|playing| playing.model).collect();
        agree(ledger, &calls, &models)
    });
}

#[test]
fn streams_that_change_threads_are_each_told_and_counted_as_the_model_says() {
    let turns = proptest::collection::vec(any::<Index>(), 8);
    check(60, &(scripts(2..8), turns), |ledger, (scripts, turns)| {
        let calls = testing::capture();
        let mut playing = all_start(&scripts);
        for turns in turns.chunks(2) {
            // Each thread takes some of the streams a few steps further, then the next ones take other parts.
            let (first, second) = playing.split_at_mut(turns[0].index(scripts.len()));
            std::thread::scope(|scope| {
                for part in [first, second] {
                    scope.spawn(|| part.iter_mut().for_each(|one| (0..turns[1].index(6)).for_each(|_| one.poll())));
                }
            });
        }
        let (first, second) = playing.split_at_mut(scripts.len() / 2);
        std::thread::scope(|scope| {
            scope.spawn(|| first.iter_mut().for_each(Playing::drop_it));
            second.iter_mut().for_each(Playing::drop_it);
        });
        let models: Vec<_> = playing.into_iter().map(|playing| playing.model).collect();
        agree(ledger, &calls, &models)
    });
}

#[test]
fn nothing_of_any_stream_stays_on_the_thread() {
    check(60, &scripts(1..4), |ledger, scripts| {
        {
            let _calls = testing::capture();
            for (way, script) in &scripts {
                Playing::start(*way, script).play();
            }
        }
        ledger.assert_nothing_is_under_way();
        Ok(())
    });
}
