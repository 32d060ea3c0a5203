//! Tokens are counted once: not again by who passes them on, and not less because others were used on the way.

use llm_span::{Operation, Usage, call, testing};
use proptest::prelude::*;

use super::support::Telemetry;

fn embeddings(tokens: i64) {
    call(Operation::Embeddings, "openai", "text-embedding-3-small").enter().succeed(Usage::input_only(tokens));
}

/// Prompt tokens that the layer counts and that a capture counts; both have one rule.
fn prompt_tokens(run: impl Fn()) -> (u64, i64) {
    let telemetry = Telemetry::start();
    let counted = || {
        let counters = telemetry.counters();
        counters.iter().filter(|(name, _)| name.starts_with("prompt_tokens")).map(|(_, value)| value).sum::<u64>()
    };
    run();
    let by_layer = counted();
    // Of calls that begin as those before them did a layer keeps less.
    for times in 2..5 {
        run();
        assert_eq!(counted(), times * by_layer, "the {times}th time");
    }
    drop(telemetry);
    let calls = testing::capture();
    run();
    (by_layer, calls.tokens().prompt)
}

#[test]
fn a_chat_that_asks_for_embeddings_on_its_way_counts_both() {
    let rag = || {
        let chat = call(Operation::Chat, "openai", "gpt-4o").enter();
        embeddings(20);
        chat.succeed(Usage::new(128, 64));
    };
    assert_eq!(prompt_tokens(rag), (148, 148));
}

#[test]
fn a_retry_that_falls_back_to_another_model_counts_once() {
    let fallback = || {
        let retry = call(Operation::Chat, "openai", "gpt-4o").enter();
        call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
        call(Operation::Chat, "openai", "gpt-4o-mini").enter().succeed(Usage::new(128, 64));
        retry.succeed(Usage::new(128, 64));
    };
    assert_eq!(prompt_tokens(fallback), (128, 128));
}

#[test]
fn a_call_that_reports_the_sum_of_those_below_counts_nothing_more() {
    let sum = || {
        let all = call(Operation::Chat, "openai", "gpt-4o").enter();
        call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(100, 50));
        call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(28, 14));
        all.succeed(Usage::new(128, 64));
    };
    assert_eq!(prompt_tokens(sum), (128, 128));
}

#[test]
fn a_call_below_that_ends_after_the_one_that_passed_its_tokens_on_is_not_counted_again() {
    let hedge = || {
        let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
        let parent = outer.span().clone();
        let late: Vec<_> = (0..2)
            .map(|_| parent.in_scope(|| tracing::info_span!("attempt")))
            .map(|attempt| {
                attempt.in_scope(|| {
                    tracing::info_span!(
                        "llm.completion",
                        gen_ai.operation.name = "chat",
                        llm.tokens.prompt = 10_i64,
                        llm.tokens.completion = 5_i64
                    )
                })
            })
            .collect();
        outer.succeed(Usage::new(10, 5));
        drop(late);
    };
    // Two attempts used 10 each; one of them was passed on.
    assert_eq!(prompt_tokens(hedge), (20, 20));
}

/// A call and those below it.
#[derive(Clone, Debug)]
struct Tree {
    tokens: Option<i64>,
    below: Vec<Tree>,
}

impl Tree {
    fn run(&self) {
        let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
        self.below.iter().for_each(Tree::run);
        guard.succeed(self.tokens.map(|tokens| Usage::new(tokens, 1)));
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = proptest::option::of(0..3_i64).prop_map(|tokens| Tree { tokens, below: Vec::new() });
    leaf.prop_recursive(3, 12, 3, |inner| {
        (proptest::option::of(0..3_i64), proptest::collection::vec(inner, 0..3))
            .prop_map(|(tokens, below)| Tree { tokens, below })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_layer_and_a_capture_count_the_same(tree in trees()) {
        let (by_layer, by_capture) = prompt_tokens(|| tree.run());
        prop_assert_eq!(i64::try_from(by_layer).unwrap_or(-1), by_capture);
    }
}
