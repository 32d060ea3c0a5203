//! Boxed streams of every kind stay in their place and keep their type.

use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use llm_span::{llm_span, testing};

use crate::chunk::{Chunk, Overloaded, answer, chunks, tried};

macro_rules! kinds {
    ($($claim:ident: $ty:ty = $made:expr;)*) => {$(
        #[tokio::test]
        async fn $claim() {
            #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
            fn stream() -> Option<$ty> {
                Some($made)
            }

            let calls = testing::capture();
            assert_eq!(stream().unwrap().count().await, answer().len());
            calls.assert_contract();
            assert_eq!(calls.tokens().total, 192);
            calls.only().assert_attribute("llm.stream.chunks", 4);
        }
    )*};
}

kinds! {
    a_box_of_nothing_but_a_stream: Pin<Box<dyn Stream<Item = Chunk>>> = Box::pin(chunks());
    a_box_that_is_send: Pin<Box<dyn Stream<Item = Chunk> + Send>> = Box::pin(chunks());
    a_box_that_is_send_and_sync: Pin<Box<dyn Stream<Item = Chunk> + Send + Sync>> = Box::pin(chunks());
    a_box_that_is_unpin: Box<dyn Stream<Item = Chunk> + Unpin> = Box::new(Box::pin(chunks()));
    a_box_that_is_unpin_and_send: Box<dyn Stream<Item = Chunk> + Unpin + Send> = Box::new(Box::pin(chunks()));
    a_box_of_results: Pin<Box<dyn Stream<Item = Result<Chunk, Overloaded>> + Send>> = Box::pin(tried());
}
