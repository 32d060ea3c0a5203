//! An agent or a root carries, on request, the sum of what the calls below it used, each counted once.

use llm_span::{Usage, agent, llm_span, testing};

use crate::support::{Answer, answer};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn chat(prompt: u32, completion: u32) -> Answer {
    answer(prompt, completion)
}

/// Tries twice, and passes on what the second try gave.
#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn retried() -> Answer {
    chat(5, 0).await;
    chat(10, 20).await
}

#[llm_span(operation = "execute_tool", tool = "look_up")]
async fn look_up() -> Option<u32> {
    chat(3, 3).await.0
}

#[llm_span(operation = "invoke_agent", agent = "tutor", usage = children)]
async fn tutor() {
    chat(128, 64).await;
    retried().await;
    look_up().await;
}

#[llm_span(operation = "invoke_workflow", workflow = "school", usage = children)]
async fn school() {
    tutor().await;
    chat(1, 1).await;
}

#[tokio::test]
async fn a_sum_counts_every_call_below_once() {
    let calls = testing::capture();
    school().await;
    calls.assert_contract();
    let sum = |name: &str| {
        let span = calls.span(name);
        (span.attribute("gen_ai.usage.input_tokens"), span.attribute("gen_ai.usage.output_tokens"))
    };
    let tutor = (128 + 5 + 10 + 3, 64 + 20 + 3);
    assert_eq!(sum("invoke_agent"), (Some(tutor.0.into()), Some(tutor.1.into())));
    assert_eq!(sum("invoke_workflow"), (Some((tutor.0 + 1).into()), Some((tutor.1 + 1).into())));
    // Neither agent nor workflow is counted again.
    let tokens = calls.tokens();
    assert_eq!((tokens.prompt, tokens.completion), (i64::from(tutor.0 + 1), i64::from(tutor.1 + 1)));
}

#[tokio::test]
async fn without_a_call_below_there_is_nothing_to_sum() {
    let calls = testing::capture();
    agent("idle").sum_of_children().run_in_body(async {}).await;
    calls.only().assert_no_attribute("gen_ai.usage.input_tokens");
}

#[tokio::test]
async fn a_stream_below_is_summed_when_it_ends() {
    use futures_util::{StreamExt as _, stream};

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |n| Usage::new(n, n))]
    fn streamed() -> impl futures_util::Stream<Item = u32> {
        stream::iter([1, 2, 3])
    }

    let calls = testing::capture();
    let body = async { drop(streamed().collect::<Vec<_>>().await) };
    agent("streams").sum_of_children().run_in_body(body).await;
    calls.span("invoke_agent").assert_attribute("gen_ai.usage.output_tokens", 3);
    assert_eq!(calls.tokens().total, 6);
}

#[tokio::test]
async fn a_task_that_is_given_the_call_is_a_part_of_it() {
    #[llm_span(operation = "invoke_agent", agent = "parallel", conversation = "c-1", usage = children)]
    async fn parallel() {
        let task = tokio::spawn(llm_span::current_call().run(chat(10, 20)));
        chat(1, 2).await;
        task.await.unwrap();
    }

    let calls = testing::capture();
    parallel().await;
    let agent = calls.span("invoke_agent");
    agent.assert_attribute("gen_ai.usage.input_tokens", 11);
    agent.assert_attribute("gen_ai.usage.output_tokens", 22);
    for chat in calls.of(llm_span::Operation::Chat) {
        chat.assert_child_of(&agent);
        chat.assert_attribute("gen_ai.conversation.id", "c-1");
    }
}

#[tokio::test]
async fn an_agent_that_streams_sums_a_stream_that_it_leaves() {
    use futures_util::{Stream, StreamExt as _, stream};

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |n| Usage::new(10, n))]
    fn inner() -> impl Stream<Item = u32> {
        stream::iter([1, 2, 3])
    }

    #[llm_span(operation = "invoke_agent", agent = "leaves", usage = children)]
    fn leaves() -> impl Stream<Item = u32> {
        inner().take(2)
    }

    let calls = testing::capture();
    assert_eq!(leaves().count().await, 2);
    let agent = calls.span("invoke_agent leaves");
    agent.assert_attribute("gen_ai.usage.output_tokens", 2);
    agent.child("llm.completion").assert_outcome(llm_span::Outcome::Cancelled);
}

#[test]
fn a_count_that_is_none_is_found_once_and_not_of_those_that_sum() {
    let calls = testing::capture();
    agent("outer").sum_of_children().in_scope_in_body(|| {
        agent("inner").sum_of_children().in_scope_in_body(|| {
            let call = llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o");
            call.in_scope_with(|| Some(()), |()| (-1, 5));
        });
    });
    let invalid = |span: &testing::CapturedSpan| span.attribute("llm.usage.invalid").is_some();
    assert_eq!(calls.spans().iter().filter(|span| invalid(span)).count(), 1);
    calls.span("invoke_agent outer").assert_attribute("gen_ai.usage.output_tokens", 5);
}

#[test]
fn another_threads_work_is_a_part_of_the_call_that_it_was_given() {
    #[llm_span(operation = "invoke_agent", agent = "threads", conversation = "c-1", usage = children)]
    fn threads() {
        let work = llm_span::current_call().wrap(|| {
            llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o").in_scope_with(|| Some(()), |()| (1, 2));
        });
        std::thread::spawn(work).join().unwrap();
    }

    let calls = testing::capture();
    threads();
    let agent = calls.span("invoke_agent threads");
    agent.assert_attribute("gen_ai.usage.output_tokens", 2);
    agent.child("llm.completion").assert_attribute("gen_ai.conversation.id", "c-1");
}
