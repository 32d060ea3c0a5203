//! Streams below retries below an agent: tokens are counted once, and the agent's sum is that of the counters.

use llm_span::{
    Operation, Outcome, Usage, agent, call, llm_span,
    testing::{self, Calls, CapturedSpan, Tokens},
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    Playing, check, counted,
    ledger::Ledger,
    model::{Model, is_recorded_once},
    script::{Script, script, scripts},
    ways::Way,
};

/// What a retry returns of its attempts' usage.
#[derive(Clone, Copy, Debug)]
enum Passes {
    Last,
    /// What the last attempt used that succeeded, as of the winner of a race.
    LastAnswer,
    All,
    Nothing,
}

type Retry = (Passes, Vec<(Way, Script)>);

fn retries() -> impl Strategy<Value = Vec<Retry>> {
    let passes = select(vec![Passes::Last, Passes::LastAnswer, Passes::All, Passes::Nothing]);
    vec((passes, scripts(1..4)), 1..4)
}

fn plus(sum: [Option<i64>; 2], usage: [Option<i64>; 2]) -> [Option<i64>; 2] {
    [0, 1].map(|kind| match (sum[kind], usage[kind]) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    })
}

fn sum(models: &[Model]) -> [Option<i64>; 2] {
    models.iter().map(Model::usage).fold([None; 2], plus)
}

/// Plays each attempt; what it returns is what they used, as far as it passes that on.
fn attempts(passes: Passes, attempts: &[(Way, Script)], played: &mut Vec<Model>) -> Option<Usage> {
    let models: Vec<_> = attempts.iter().map(|(way, script)| Playing::start(*way, script).play()).collect();
    let told = |model: &&Model| model.usage() != [None; 2];
    let usage = match passes {
        Passes::Last => models.iter().rfind(told).map(Model::usage),
        Passes::LastAnswer => models.iter().rfind(|model| told(model) && model.outcome() == Some(Outcome::Ok)).map(Model::usage),
        Passes::All => Some(sum(&models)).filter(|usage| *usage != [None; 2]),
        Passes::Nothing => None,
    };
    played.extend(models);
    usage.map(|[prompt, completion]| Usage::new(prompt, completion))
}

fn retry((passes, scripts): &Retry, played: &mut Vec<Model>) {
    let call = call(Operation::Chat, "openai", "gpt-4o");
    call.in_scope_with(|| attempts(*passes, scripts, played), |usage| *usage);
}

#[llm_span(operation = "invoke_agent", agent = "tutor", usage = children)]
fn annotated_agent(body: impl FnOnce()) {
    body();
}

/// The agent is the only root; below it stand the retries, below them the attempts.
fn agree(ledger: &Ledger, calls: &Calls, played: &[Model]) -> Result<(), TestCaseError> {
    let agents = calls.of(Operation::InvokeAgent);
    let retries = agents[0].children();
    let attempts: Vec<_> = retries.iter().flat_map(CapturedSpan::children).collect();
    prop_assert_eq!(attempts.len(), played.len());
    for (attempt, model) in attempts.iter().zip(played) {
        model.agrees_with(attempt)?;
    }
    agents.iter().chain(&retries).try_for_each(is_recorded_once)?;
    let int = |key| agents[0].attribute(key).map(|value| value.as_int().unwrap());
    prop_assert_eq!([int("gen_ai.usage.input_tokens"), int("gen_ai.usage.output_tokens")], sum(played));
    let expected: Tokens = played.iter().map(Model::tokens).sum();
    counted(ledger, calls, expected)
}

#[test]
fn an_agents_sum_is_what_the_counters_count_whatever_its_retries_pass_on() {
    check(200, &(retries(), any::<bool>()), |ledger, (retries, is_annotated)| {
        let calls = testing::capture();
        let mut played = Vec::new();
        let mut body = || retries.iter().for_each(|one| retry(one, &mut played));
        if is_annotated {
            annotated_agent(body);
        } else {
            agent("tutor").sum_of_children().in_scope_in_body(|| {
                body();
                Some(())
            });
        }
        agree(ledger, &calls, &played)
    });
}

#[test]
fn streams_that_are_left_by_an_agent_that_is_over_are_counted_once() {
    let strategy = vec((select(Way::ALL.to_vec()), script()), 1..4);
    check(60, &strategy, |ledger, scripts| {
        let calls = testing::capture();
        let mut playing = Vec::new();
        agent("tutor").in_scope_in_body(|| {
            playing.extend(scripts.iter().map(|(way, script)| Playing::start(*way, script)));
            Some(())
        });
        let models: Vec<_> = playing.into_iter().map(Playing::play).collect();
        prop_assert_eq!(calls.of(Operation::InvokeAgent)[0].outcome(), Some(Outcome::Ok));
        for (span, model) in calls.of(Operation::Chat).iter().zip(&models) {
            model.agrees_with(span)?;
        }
        counted(ledger, &calls, models.iter().map(Model::tokens).sum())
    });
}
