//! `LlmLayer` from outside: what it finds, what it counts, and that it stays out of the way of others.

#![allow(clippy::cast_precision_loss, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod counters;
mod exported;
mod findings;
mod foreign_spans;
mod neighbours;
mod setup;
mod sinks;
mod support;

/// Keeps a second subscriber registered: while a single one is, a callsite that a thread without subscriber meets first
/// is switched off for all.
fn keep_callsites_open() {
    use std::sync::OnceLock;

    use tracing::{Dispatch, Event, Id, Metadata, Subscriber, span, subscriber::Interest};

    struct Keeper;
    impl Subscriber for Keeper {
        fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
            Interest::sometimes()
        }
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            false
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }
    static KEEPER: OnceLock<Dispatch> = OnceLock::new();
    KEEPER.get_or_init(|| Dispatch::new(Keeper));
}
