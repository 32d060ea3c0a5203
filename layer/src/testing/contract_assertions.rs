//! The contract holds, or the test fails with a report.

use super::{Calls, ContractReport, check, fail::fail};

impl Calls {
    /// Asserts that every call so far honours the contracts, that there was one, and that no usage was recorded in vain.
    ///
    /// A call is checked once its outcome is recorded: a detached task that still holds its span does no harm.
    ///
    /// # Panics
    ///
    /// With the report, if there is a violation; with [`deny`](super::Capture::deny), if there is a finding of that level.
    #[track_caller]
    pub fn assert_contract(&self) {
        if let Err(report) = self.check_contract() {
            fail(report);
        }
    }

    /// What [`assert_contract`](Self::assert_contract) asserts, as a result.
    ///
    /// # Errors
    ///
    /// The report, if there is a violation; with [`deny`](super::Capture::deny), if there is a finding of that level.
    ///
    /// ```
    /// use llm_span::{Operation, Usage, call, testing};
    ///
    /// fn main() -> Result<(), testing::ContractReport> {
    ///     let calls = testing::capture();
    ///     call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
    ///     calls.check_contract()
    /// }
    /// ```
    pub fn check_contract(&self) -> Result<(), ContractReport> {
        let report = self.report();
        if report.level().is_some_and(|level| level >= self.deny) { Err(report) } else { Ok(()) }
    }

    /// The report, whatever it says: improvements too, where only violations fail.
    pub fn report(&self) -> ContractReport {
        check::check(self)
    }
}
