//! How a capture starts.

use std::{panic::Location, sync::Arc};

use llm_span_contract::{Contracts, Level};

use super::{Calls, Scope, keeper, snapshot::Settings, store::Store};

/// Captures the spans of this thread, to be checked by the default contracts; see [`Calls`].
///
/// Where the current subscriber holds a [`layer`](super::layer), scoped or global, the capture attaches to it. Everywhere else
/// it installs a subscriber of its own for this thread, which the subscribers of other threads and a global one do not
/// notice: it can be installed before or after.
///
/// ```
/// use llm_span::{Operation, Usage, call, testing};
///
/// let calls = testing::capture();
/// call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
///
/// calls.assert_contract();
/// assert_eq!(calls.tokens().total, 192);
/// ```
#[track_caller]
pub fn capture() -> Calls {
    Capture::new().start()
}

/// [`capture`], to be checked by other contracts.
///
/// ```
/// use llm_span::{contract::{AttributeType, Contract}, testing};
///
/// let ours = Contract::amtp().extend("ours").require("tenant.id", AttributeType::String).build()?;
/// let calls = testing::capture_with(ours);
/// # Ok::<(), llm_span::contract::ContractError>(())
/// ```
#[track_caller]
pub fn capture_with(contracts: impl Into<Contracts>) -> Calls {
    Capture::new().contracts(contracts).start()
}

/// A capture with settings of its own.
///
/// ```
/// use llm_span::{contract::{Contract, Level}, testing::Capture};
///
/// let calls = Capture::new().contracts(Contract::amtp().strict()).deny(Level::Improvement).start();
/// ```
#[derive(Clone, Debug)]
pub struct Capture {
    settings: Settings,
    deny: Level,
}

impl Default for Capture {
    fn default() -> Self {
        Self { settings: Settings { contracts: Contracts::default(), timed: true }, deny: Level::Violation }
    }
}

impl Capture {
    /// The default contracts; violations fail.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these contracts in the place of the default ones.
    #[must_use]
    pub fn contracts(mut self, contracts: impl Into<Contracts>) -> Self {
        self.settings.contracts = contracts.into();
        self
    }

    /// Findings of that level and graver ones fail; without this, violations do.
    #[must_use]
    pub fn deny(mut self, level: Level) -> Self {
        self.deny = level;
        self
    }

    /// Reports do not tell how long a span took: for tests that compare reports with snapshots.
    #[must_use]
    pub fn untimed(mut self) -> Self {
        self.settings.timed = false;
        self
    }

    /// Starts it on this thread.
    #[track_caller]
    pub fn start(self) -> Calls {
        keeper::keep_callsites_open();
        let scope = Scope::new(Arc::new(Store::default()));
        Calls::start(scope, self.settings, self.deny, Location::caller())
    }
}
