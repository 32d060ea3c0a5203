//! Keeps callsites awake that a thread without a subscriber hits first.
//!
//! `tracing` caches for the whole process whether anybody is interested in a callsite. While a single subscriber is
//! registered it asks only the current thread's: a thread that has none switches the callsite off for all, and a capture on
//! another thread sees nothing. With a second subscriber registered all of them are asked. It must not be the global default:
//! that place is the user's.

use std::sync::OnceLock;

use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};

/// A subscriber that nobody sends anything to: being registered is all it is for.
struct Keeper;

/// Keeps callsites open that a thread without a subscriber meets first, for the rest of the process.
///
/// [`capture`](super::capture) calls it. Call it yourself where tests in parallel install scoped subscribers of their own: without it
/// some of them see nothing, now and then.
///
/// ```
/// # use tracing_subscriber::prelude::*;
/// llm_span::testing::keep_callsites_open();
/// let subscriber = tracing_subscriber::registry().with(llm_span::LlmLayer::default());
/// tracing::subscriber::with_default(subscriber, || {
///     // …
/// });
/// ```
pub fn keep_callsites_open() {
    static KEEPER: OnceLock<Dispatch> = OnceLock::new();
    KEEPER.get_or_init(|| Dispatch::new(Keeper));
}

impl Subscriber for Keeper {
    /// Never cached as `never` or `always`: each time, the thread's own subscriber is asked.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    /// Raises the process's level by nothing: beside no other subscriber, spans stay as cheap as they were.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::OFF)
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
