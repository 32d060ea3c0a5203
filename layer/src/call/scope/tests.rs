//! Frames that are put on and taken off in any order, held against a plain list of them.

use std::time::Instant;

use llm_span_contract::Operation;
use tracing::{Level, Metadata, Span, callsite::DefaultCallsite};

use super::{
    super::{
        site::{Site, metadata},
        stamp::Heard,
    },
    *,
};

static SITE: Site = {
    static METADATA: Metadata<'static> =
        metadata("llm.completion", "here", Level::INFO, ("tests.rs", 1, "scope"), &["a"], &CALLSITE);
    static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
    Site::new(&CALLSITE, &METADATA, Operation::Chat)
};

/// A call that tells nobody how it ends.
fn open() -> Open {
    let span = Span::none();
    Open {
        site: &SITE,
        span,
        started: Instant::now(),
        heard: Heard::default(),
        beside: None,
        late: None,
        frame: None,
        dropping: None,
        inside: false,
        finished: true,
    }
}

/// Numbers that look like chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// A frame as the list has it.
struct Expected {
    number: Number,
    heard: bool,
    recorded: Option<String>,
}

fn recorded(late: Option<Arc<Late>>) -> Option<String> {
    late.and_then(|late| late.close().model)
}

/// Records a word on whatever is the innermost call.
fn record(word: &str, expected: &mut [Expected]) {
    match (innermost(), expected.last_mut()) {
        (Innermost::Open(late, _), Some(last)) if last.heard => {
            late.record(|recorded| recorded.model = Some(word.to_owned()));
            last.recorded = Some(word.to_owned());
        }
        (Innermost::Hidden(_), Some(last)) => assert!(!last.heard, "the call is not heard"),
        (Innermost::None, None) => {}
        _ => panic!("it is not the call that is expected"),
    }
}

#[test]
fn frames_that_are_left_in_any_order_keep_what_was_recorded_on_them() {
    let mut chance = Chance(5);
    let mut expected: Vec<Expected> = Vec::new();
    let mut fallen: Vec<Number> = Vec::new();
    for step in 0..20_000 {
        // Deep in some stretches, mostly one call or two in others.
        let depth = if step / 1000 % 2 == 0 { 2 } else { 12 };
        match chance.below(4) {
            0 if expected.len() < depth => {
                let heard = chance.below(4) > 0;
                let number = match chance.below(3) {
                    _ if !heard => push_hidden(None),
                    0 => push_heard(Some(Arc::default()), None, None),
                    _ => push_lending(&mut open()),
                };
                expected.push(Expected { number: number.unwrap(), heard, recorded: None });
            }
            1 if !expected.is_empty() => {
                // Mostly the last one.
                let place = if chance.below(3) > 0 { expected.len() - 1 } else { chance.below(expected.len()) };
                let above = if chance.below(2) == 0 { Above::Stays } else { Above::Falls };
                let left = expected.remove(place);
                assert_eq!(recorded(take_off(left.number, above)), left.recorded, "step {step}");
                if above == Above::Falls {
                    fallen.extend(expected.drain(place..).map(|above| above.number));
                }
            }
            2 => record(&step.to_string(), &mut expected),
            _ => {
                // What has fallen is not there to be taken off.
                fallen.drain(..).for_each(|number| assert!(take_off(number, Above::Falls).is_none(), "step {step}"));
            }
        }
        assert_eq!(matches!(innermost(), Innermost::None), expected.is_empty(), "step {step}");
    }
}

#[test]
fn a_call_that_is_alone_is_found_without_having_recorded_anything() {
    let mut outer = open();
    outer.frame = push_lending(&mut outer);
    assert!(alone::is_taken());
    assert!(tally().is_none());
    let Innermost::Open(late, None) = innermost() else { panic!("it is heard") };
    assert!(!alone::is_taken());
    // Another one beside it, and what is recorded between them.
    let inner = push_lending(&mut open());
    assert!(!alone::is_taken());
    assert!(take_off(inner.unwrap(), Above::Stays).is_none());
    late.record(|recorded| recorded.model = Some("outer".to_owned()));
    let lent = take_off(outer.frame.take().unwrap(), Above::Stays);
    assert_eq!(recorded(lent).as_deref(), Some("outer"));
    assert!(matches!(innermost(), Innermost::None));
    // The place is free again.
    let next = push_lending(&mut open());
    assert!(alone::is_taken());
    take_off(next.unwrap(), Above::Stays);
}

#[test]
fn a_call_at_the_end_of_a_thread_meets_no_panic() {
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            for _ in 0..3 {
                let (mut outer, mut inner) = (open(), open());
                let outer = push_lending(&mut outer);
                let _ = innermost();
                let inner = push_lending(&mut inner);
                let _ = innermost();
                for number in [outer, inner].into_iter().flatten() {
                    take_off(number, Above::Falls);
                }
            }
        }
    }
    thread_local! {
        static LAST: Last = const { Last };
    }
    let ended = std::thread::spawn(|| {
        LAST.with(|_| ());
        let number = push_heard(None, None, None);
        take_off(number.unwrap(), Above::Stays);
    });
    assert!(ended.join().is_ok());
}
