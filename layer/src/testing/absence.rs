//! No call was seen: is that the truth, or was nobody looking?

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use super::{Calls, calls::listing, fail::fail, root};
use crate::report::Panel;

impl Calls {
    /// Asserts that no call was made.
    ///
    /// This does not hold where the capture could not have seen one: a span of a call's level must reach it from here.
    ///
    /// # Panics
    ///
    /// If there was a call, or the capture is not in force.
    #[track_caller]
    pub fn assert_no_calls(&self) {
        let calls = self.all();
        if !calls.is_empty() {
            let title = match calls.len() {
                1 => "1 call was captured, expected none".to_owned(),
                count => format!("{count} calls were captured, expected none"),
            };
            fail(listing(title, &calls));
        }
        if !self.is_live() {
            let title = "no call was captured, but a call made here would not have been".to_owned();
            fail(Panel { title, help: why_nothing_was_seen(self).join("\n"), ..Panel::default() });
        }
    }

    /// Whether a span of a call's level that is opened here and now is captured.
    pub fn is_live(&self) -> bool {
        root::arrives(&self.scope.store)
    }
}

/// What may be the reason, likeliest first.
pub(super) fn why_nothing_was_seen(calls: &Calls) -> Vec<String> {
    let mut reasons = Vec::new();
    if STATIC_MAX_LEVEL < LevelFilter::INFO {
        reasons.push(format!("a feature of `tracing` compiles out spans above `{STATIC_MAX_LEVEL}`; calls are `INFO`"));
    } else if !calls.is_live() {
        reasons
            .push("the capture is not in force here: another subscriber has been set since, or a filter hides `INFO`".to_owned());
    }
    if calls.scope.hidden {
        reasons.push("a filter hides `INFO` spans from `testing::layer()`, so this capture sees its own thread only".to_owned());
    }
    let strays = calls.scope.strays();
    if strays > 0 {
        let belong = if strays == 1 { "1 call belongs" } else { &format!("{strays} calls belong") };
        reasons.push(format!("{belong} to no capture (another test's perhaps)"));
    }
    reasons.push("was it awaited? a future that is never polled is no call".to_owned());
    reasons.push("was it spawned, or run on another thread? carry the capture there: `spawn(calls.capture(…))`".to_owned());
    reasons
}
