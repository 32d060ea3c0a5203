//! Where nobody listens nothing is evaluated, and nothing is changed.

use std::cell::Cell;

use llm_span::llm_span;

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn evaluated() -> &'static str {
    EVALUATED.set(EVALUATED.get() + 1);
    "m"
}

#[llm_span(operation = "chat", provider = evaluated(), model = evaluated(), fields(a = evaluated()), usage = |_| { evaluated(); (1, 1) }, error_type = |_| evaluated())]
fn sync(fail: bool) -> Result<u8, u8> {
    if fail { Err(1) } else { Ok(5) }
}

#[llm_span(operation = "chat", provider = evaluated(), model = evaluated(), usage = none)]
async fn asynchronous() -> u8 {
    tokio::task::yield_now().await;
    5
}

#[tokio::test]
async fn without_a_subscriber_no_expression_is_evaluated() {
    llm_span::testing::keep_callsites_open();
    assert_eq!((sync(false), sync(true), asynchronous().await), (Ok(5), Err(1), 5));
    assert_eq!(EVALUATED.get(), 0);
}

#[test]
fn with_one_each_is_evaluated_once() {
    let (spans, _guard) = crate::recorder::record();
    sync(false).unwrap();
    assert_eq!((EVALUATED.get(), spans.only().outcome()), (4, "ok"));
}
