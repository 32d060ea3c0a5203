//! What the provider has served, for whoever compares counters with it.

use tokio::sync::watch;

use super::reply::Tokens;

/// What a provider has served so far.
///
/// Every request ends in one of `answered`, `failed` and `cut_off`; it is counted there before the client can have seen the end of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests of every kind, each attempt of a client that tries again among them.
    pub requests: u64,
    /// Answers that were sent whole.
    pub answered: u64,
    /// Requests that the provider refused, broke off, or ended with an error.
    pub failed: u64,
    /// Requests whose client hung up before the answer was whole.
    pub cut_off: u64,
    /// Answers that were sent as a stream of events, of those in `answered`.
    pub streams: u64,
    /// Prompt tokens that whole answers told of. What an answer does not tell is not counted.
    pub prompt_tokens: u64,
    /// Completion tokens that whole answers told of.
    pub completion_tokens: u64,
}

impl Served {
    /// Prompt and completion tokens together.
    pub const fn total_tokens(&self) -> u64 {
        self.prompt_tokens + self.completion_tokens
    }

    /// Requests that are not ended.
    pub const fn under_way(&self) -> u64 {
        self.requests - self.answered - self.failed - self.cut_off
    }
}

/// The one place where requests are counted. It also tells who waits for a count.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger(watch::Sender<Served>);

impl Ledger {
    pub(super) fn open(&self) -> Receipt {
        self.0.send_modify(|served| served.requests += 1);
        Receipt { ledger: Some(self.clone()) }
    }

    pub(super) fn served(&self) -> Served {
        *self.0.borrow()
    }

    pub(super) async fn wait_for(&self, condition: impl FnMut(&Served) -> bool) -> Served {
        let mut changes = self.0.subscribe();
        // The sender is `self`'s: it can't be gone.
        let reached = changes.wait_for(condition).await.map(|served| *served);
        reached.unwrap_or_default()
    }
}

/// A request under way. Dropped unsettled, it was cut off.
#[derive(Debug)]
pub(super) struct Receipt {
    ledger: Option<Ledger>,
}

impl Receipt {
    pub(super) fn answered(mut self, tokens: Tokens, streamed: bool) {
        self.settle(|served| {
            served.answered += 1;
            served.streams += u64::from(streamed);
            served.prompt_tokens += tokens.prompt;
            served.completion_tokens += tokens.completion;
        });
    }

    pub(super) fn failed(mut self) {
        self.settle(|served| served.failed += 1);
    }

    fn settle(&mut self, count: impl FnOnce(&mut Served)) {
        if let Some(ledger) = self.ledger.take() {
            ledger.0.send_modify(count);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.settle(|served| served.cut_off += 1);
    }
}
