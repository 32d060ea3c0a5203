//! Tells what is wrong with telemetry itself.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use tracing::{Dispatch, dispatcher, dispatcher::WeakDispatch};

use crate::guard;

/// The target of the pipeline's own log lines.
pub(crate) const TARGET: &str = "llm_span::pipeline";

/// Tells what is wrong with telemetry itself, as log lines of the subscriber that the pipeline stands in.
///
/// A sink's thread has no subscriber, so that what a sink does is not telemetry in its turn.
#[derive(Clone, Default)]
pub(crate) struct Teller(Arc<OnceLock<WeakDispatch>>);

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Teller")
    }
}

impl Teller {
    /// Tells it there from now on.
    pub(crate) fn tell_to(&self, dispatch: &Dispatch) {
        let _ = self.0.set(dispatch.downgrade());
    }

    /// There are two pipelines in one subscriber, which can't be told while it is put together.
    pub(crate) fn stand_aside(&self) {
        let teller = self.clone();
        let tell = move || {
            teller.fail(
                "all",
                "another pipeline stands in this subscriber, too; this one is handed no spans: a subscriber has room for one",
            );
        };
        drop(std::thread::Builder::new().name("llm-span start".into()).spawn(tell));
    }

    /// Something of note about all of it.
    pub(crate) fn say(&self, text: &str) {
        self.with(|| tracing::info!(target: TARGET, "{text}"));
    }

    /// Something of note.
    pub(crate) fn inform(&self, sink: &str, text: &str) {
        self.with(|| tracing::info!(target: TARGET, sink, "{text}"));
    }

    /// Something is lost.
    pub(crate) fn warn(&self, sink: &str, text: &str) {
        self.with(|| tracing::warn!(target: TARGET, sink, "{text}"));
    }

    /// Something does not work.
    pub(crate) fn fail(&self, sink: &str, text: &str) {
        self.with(|| tracing::error!(target: TARGET, sink, "{text}"));
    }

    /// A layer of the program's that panics harms neither a sink's thread nor the program's end.
    fn with(&self, tell: impl FnOnce()) {
        guard::run(|| match self.0.get().and_then(WeakDispatch::upgrade) {
            Some(dispatch) => dispatcher::with_default(&dispatch, tell),
            None => tell(),
        });
    }
}
