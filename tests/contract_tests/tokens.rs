//! What is counted: model calls, each once.

use llm_span::{
    Operation, Usage, call,
    testing::{Tokens, capture},
};
use proptest::prelude::*;

use crate::chat;

#[test]
fn the_calls_of_a_capture_are_summed() {
    let calls = capture();
    chat();
    call(Operation::Embeddings, "openai", "text-embedding-3").enter().succeed(Usage::input_only(8));
    call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
    assert_eq!(calls.tokens().total, 200);
    assert_eq!(calls.tokens().prompt, 136_i64);
    assert_eq!(calls.tokens(), Tokens::new(136, 64));
    assert_eq!(calls.all()[2].tokens(), None, "absent is not zero");
}

#[test]
fn phases_agents_and_tools_are_not_counted() {
    let calls = capture();
    let agent = call(Operation::InvokeAgent, "openai", "gpt-4o").enter();
    tracing::info_span!(
        "llm.completion",
        llm.request.type = "chat",
        llm.tokens.prompt = 128,
        llm.tokens.completion = 64,
        llm.tokens.total = 192
    )
    .in_scope(|| {
        tracing::info_span!("llm.inference", llm.tokens.prompt = 128, llm.tokens.total = 128).in_scope(|| {});
        tracing::info_span!("llm.response.parse", llm.tokens.completion = 64).in_scope(|| {});
    });
    tracing::info_span!("execute_tool", gen_ai.operation.name = "execute_tool", gen_ai.usage.input_tokens = 9).in_scope(|| {});
    agent.succeed(Usage::new(128, 64));
    assert_eq!(calls.tokens(), Tokens::new(128, 64));
}

#[test]
fn a_call_around_a_call_is_counted_once_wherever_the_inner_one_stands() {
    let calls = capture();
    let retry = call(Operation::Chat, "openai", "gpt-4o").enter();
    tracing::info_span!("attempt").in_scope(|| {
        call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
        chat();
    });
    retry.succeed(Usage::new(128, 64));
    assert_eq!(calls.tokens().total, 192);
}

#[test]
fn a_retry_counts_itself_where_no_call_below_it_told_any() {
    let calls = capture();
    let retry = call(Operation::Chat, "openai", "gpt-4o").enter();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
    retry.succeed(Usage::new(128, 64));
    assert_eq!(calls.tokens().total, 192);
}

#[test]
fn spans_of_others_count_by_their_own_names_and_types() {
    let calls = capture();
    let usage = tracing::info_span!("chat", gen_ai.usage.input_tokens = 10_u64, gen_ai.usage.output_tokens = 5_u64);
    drop(usage);
    drop(tracing::info_span!("chat", llm.tokens.prompt = -3, llm.tokens.completion = "7 or so"));
    assert_eq!(calls.tokens(), Tokens::new(10, 5));
    assert_eq!(calls.all()[1].tokens(), None, "a negative number and a text that is none are no counts");
    // As the layer reads them, which finds fault with them.
    drop(tracing::info_span!("chat", llm.tokens.prompt = "7", llm.tokens.completion = 2.0));
    assert_eq!(calls.tokens(), Tokens::new(17, 7));
}

/// A tree of calls and plain spans: what it opens, and what it should count.
#[derive(Clone, Debug)]
enum Tree {
    Call { tokens: Option<i64>, below: Vec<Tree> },
    Agent { tokens: i64, below: Vec<Tree> },
    Plain { below: Vec<Tree> },
}

impl Tree {
    fn open(&self) {
        let below = |trees: &[Tree]| trees.iter().for_each(Tree::open);
        match self {
            Self::Call { tokens, below: trees } => {
                let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
                below(trees);
                guard.succeed(tokens.map(|tokens| Usage::new(tokens, 1)));
            }
            Self::Agent { tokens, below: trees } => {
                let guard = call(Operation::InvokeAgent, "openai", "gpt-4o").enter();
                below(trees);
                guard.succeed(Usage::new(*tokens, 1));
            }
            Self::Plain { below: trees } => tracing::info_span!("plain").in_scope(|| below(trees)),
        }
    }

    /// The prompt tokens of each call that counts, in the order of their ends.
    fn counted(&self) -> Vec<i64> {
        let of = |trees: &[Tree]| -> Vec<i64> { trees.iter().flat_map(Tree::counted).collect() };
        match self {
            Self::Call { tokens, below } => {
                let mut counted = of(below);
                // Who reports what the last one did has passed it on. (All calls have a completion of 1, so that no sum of several fits.)
                if let Some(own) = tokens.filter(|own| counted.last() != Some(own)) {
                    counted.push(own);
                }
                counted
            }
            Self::Agent { below, .. } | Self::Plain { below } => of(below),
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = (prop::option::of(0..4_i64)).prop_map(|tokens| Tree::Call { tokens, below: Vec::new() });
    leaf.prop_recursive(4, 24, 4, |inner| {
        let below = prop::collection::vec(inner, 0..4);
        prop_oneof![
            (prop::option::of(0..4_i64), below.clone()).prop_map(|(tokens, below)| Tree::Call { tokens, below }),
            (0..4_i64, below.clone()).prop_map(|(tokens, below)| Tree::Agent { tokens, below }),
            below.prop_map(|below| Tree::Plain { below }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_of_calls_counts_each_use_of_tokens_once(trees in prop::collection::vec(trees(), 0..4)) {
        let calls = capture();
        trees.iter().for_each(Tree::open);
        let expected: i64 = trees.iter().flat_map(Tree::counted).map(|prompt| prompt + 1).sum();
        prop_assert_eq!(calls.tokens().total, expected);
    }
}
