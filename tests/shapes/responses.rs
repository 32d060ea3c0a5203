//! What holds for every shape that is a future of a whole response.

use std::{future::pending, panic::AssertUnwindSafe, pin::pin};

use futures_util::{FutureExt as _, future::BoxFuture, poll};
use llm_span::{Outcome, testing};
use tokio::sync::oneshot;

use crate::{
    ends::{assert_ended, assert_open, assert_tokens},
    items::{Answer, Overloaded, Tried},
};

/// What the shape waits for and passes on.
pub(crate) type Answering = BoxFuture<'static, Tried<Answer>>;

pub(crate) fn answers() -> Answering {
    async { Ok(Answer) }.boxed()
}

pub(crate) async fn tokens<T, F: Future<Output = Tried<T>>>(ask: impl Fn(Answering) -> F) {
    let calls = testing::capture();
    assert!(ask(answers()).await.is_ok());
    assert_tokens(&calls);
}

pub(crate) async fn outcome<T, F: Future<Output = Tried<T>>>(ask: impl Fn(Answering) -> F) {
    let calls = testing::capture();
    assert!(ask(answers()).await.is_ok());
    assert_ended(&calls, Outcome::Ok);

    let calls = testing::capture();
    assert!(ask(async { Err(Overloaded) }.boxed()).await.is_err());
    assert_ended(&calls, Outcome::Error);

    let calls = testing::capture();
    assert!(ask(pending().boxed()).now_or_never().is_none());
    assert_ended(&calls, Outcome::Cancelled);

    let calls = testing::capture();
    assert!(AssertUnwindSafe(ask(async { panic!("broken") }.boxed())).catch_unwind().await.is_err());
    assert_ended(&calls, Outcome::Panic);
}

/// It lasts from the first poll until the future is ready, not until the function returns.
pub(crate) async fn span_end<T, F: Future<Output = Tried<T>>>(ask: impl Fn(Answering) -> F) {
    let calls = testing::capture();
    let (answer, answered) = oneshot::channel();
    {
        let mut asked = pin!(ask(async { answered.await.map_err(|_| Overloaded) }.boxed()));
        assert_eq!(calls.spans().len(), 0, "a future that is never polled is no call");
        assert!(poll!(&mut asked).is_pending());
        assert_open(&calls);
        answer.send(Answer).unwrap();
        assert_open(&calls);
        assert!(poll!(&mut asked).is_ready());
        // Here already: the future need not be dropped.
        assert_ended(&calls, Outcome::Ok);
    }
    assert_ended(&calls, Outcome::Ok);
}
