//! Conversation, session and user: set once, carried by all calls below.

use llm_span::{Correlation, Operation, call, llm_span, testing};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
async fn chat() {}

#[llm_span(operation = "execute_tool", tool = "look_up")]
async fn look_up() {
    chat().await;
}

#[llm_span(operation = "invoke_agent", agent = "tutor", conversation = conversation, user = "u-1")]
async fn tutor(conversation: &str) {
    look_up().await;
    chat().await;
}

const IDS: [&str; 3] = ["gen_ai.conversation.id", "session.id", "user.id"];

#[track_caller]
fn carried(calls: &testing::Calls, count: usize, expected: [Option<&str>; 3]) {
    let spans = calls.spans();
    assert_eq!(spans.len(), count);
    for span in spans {
        for (key, expected) in IDS.into_iter().zip(expected) {
            let found = span.attribute(key).map(|id| id.as_str().unwrap_or_default().to_owned());
            assert_eq!(found.as_deref(), expected, "{key} of {}", span.name());
        }
    }
}

#[tokio::test]
async fn what_a_call_says_is_carried_by_all_below() {
    let calls = testing::capture();
    Correlation::new().session("s-1").run(tutor("c-1")).await;
    carried(&calls, 4, [Some("c-1"), Some("s-1"), Some("u-1")]);
}

#[tokio::test]
async fn what_was_carried_ends_with_its_scope() {
    let calls = testing::capture();
    Correlation::new().user("u").in_scope(|| drop(call(Operation::Chat, "openai", "gpt-4o").enter()));
    chat().await;
    let users: Vec<_> = calls.spans().iter().map(|span| span.attribute("user.id").is_some()).collect();
    assert_eq!(users, [true, false]);
}

#[tokio::test]
async fn a_task_of_its_own_is_given_them() {
    let calls = testing::capture();
    let task = Correlation::new().conversation("c").in_scope(|| Correlation::current().run(chat()));
    task.await;
    carried(&calls, 1, [Some("c"), None, None]);
}

#[tokio::test]
async fn a_stream_carries_them_to_the_calls_that_it_makes() {
    use futures_util::{Stream, StreamExt as _, stream};

    #[llm_span(operation = "invoke_agent", agent = "streams", conversation = "c-2")]
    fn streamed() -> impl Stream<Item = ()> {
        stream::iter([(); 2]).then(|()| chat())
    }

    let calls = testing::capture();
    let stream = streamed();
    assert_eq!(stream.count().await, 2);
    carried(&calls, 3, [Some("c-2"), None, None]);
}

#[test]
fn an_empty_id_is_none() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, conversation = id)]
    fn of(id: &str) {}

    let calls = testing::capture();
    of("");
    carried(&calls, 1, [None, None, None]);
}

#[tokio::test]
async fn a_guard_and_what_is_held_open_carry_them_too() {
    let calls = testing::capture();
    let guard = call(Operation::Chat, "openai", "gpt-4o").conversation("c").enter();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(());
    guard.succeed(());
    let open = call(Operation::Chat, "openai", "gpt-4o").conversation("c").open();
    open.handle().run(chat()).await;
    let span = calls.spans().pop().unwrap();
    span.assert_parent("llm.completion");
    open.succeed(());
    carried(&calls, 4, [Some("c"), None, None]);
}
