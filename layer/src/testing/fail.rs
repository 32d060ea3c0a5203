//! The one place that panics.

use std::fmt::Display;

/// Fails the test with a text that says all.
#[track_caller]
#[allow(clippy::panic, reason = "an assertion that does not hold panics")]
pub(super) fn fail(report: impl Display) -> ! {
    panic!("{report}")
}
