use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::Stream;
use llm_span::{Usage, llm_span};

struct Tokens;

impl Stream for Tokens {
    type Item = u32;

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |count| count.map(|n| Usage::new(n, 0)))]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        Poll::Ready(None)
    }
}

fn main() {}
