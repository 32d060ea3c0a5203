//! The body of an answer: sends part by part, at a pace, and keeps the receipt until the answer is whole or its client gone.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use super::{
    answer::{Answer, End},
    reply::Tokens,
    served::Receipt,
};

/// Time to have sent what is buffered before a connection is broken off: hyper drops the rest.
const FLUSH: Duration = Duration::from_millis(1);

/// Dropped by hyper when the client hangs up, which is how that is noticed.
#[derive(Debug)]
pub(super) struct Body {
    parts: vec::IntoIter<Bytes>,
    length: Option<u64>,
    end: End,
    tokens: Tokens,
    between: Duration,
    pause: Option<Pin<Box<Sleep>>>,
    /// Gone when it is settled.
    receipt: Option<Receipt>,
}

impl Body {
    /// `first` passes before the first part, `between` before each other.
    pub(super) fn new(answer: Answer, first: Duration, between: Duration, receipt: Receipt) -> Self {
        let Answer { parts, length, end, tokens } = answer;
        Self { parts: parts.into_iter(), length, end, tokens, between, pause: pause(first), receipt: Some(receipt) }
    }

    /// Settled with the last part, not after it: a client that has seen it may be gone already.
    fn settle(&mut self) {
        let Some(receipt) = self.receipt.take() else { return };
        match self.end {
            End::Whole => receipt.answered(self.tokens, self.length.is_none()),
            End::Failed | End::BrokenOff => receipt.failed(),
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        if let Some(part) = self.parts.next() {
            let last = self.parts.len() == 0;
            if self.end == End::BrokenOff {
                self.pause = pause(if last { self.between.max(FLUSH) } else { self.between });
            } else if last {
                self.settle();
            } else {
                self.pause = pause(self.between);
            }
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        let broken_off = self.end == End::BrokenOff && self.receipt.is_some();
        self.settle();
        Poll::Ready(broken_off.then(|| Err(io::Error::other("broken off, as the model does"))))
    }

    fn is_end_stream(&self) -> bool {
        self.receipt.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map(SizeHint::with_exact).unwrap_or_default()
    }
}

fn pause(duration: Duration) -> Option<Pin<Box<Sleep>>> {
    (!duration.is_zero()).then(|| Box::pin(tokio::time::sleep(duration)))
}
