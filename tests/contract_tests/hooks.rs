//! A user's `Debug` runs inside the hooks of the layer: whatever it does, the capture lives.

use std::fmt;

use llm_span::testing::{self, capture};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::chat;

/// Opens a span and a call, emits an event and asks for the current span when it is printed.
struct Busy;

impl fmt::Debug for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info_span!("inside").in_scope(|| tracing::info!("printed"));
        chat();
        assert!(tracing::Span::current().id().is_none_or(|id| id.into_u64() > 0));
        f.write_str("busy")
    }
}

struct Faulty;

impl fmt::Debug for Faulty {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text of mine")
    }
}

struct Refusing;

impl fmt::Debug for Refusing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn a_debug_that_traces_itself_is_recorded() {
    let calls = capture();
    let span = tracing::info_span!("mine", at_creation = ?Busy, later = tracing::field::Empty);
    span.in_scope(|| span.record("later", tracing::field::debug(Busy)));
    let span = calls.span("mine");
    span.assert_attribute("at_creation", "busy");
    span.assert_attribute("later", "busy");
}

#[test]
fn a_debug_that_panics_costs_its_value_only() {
    let calls = capture();
    drop(tracing::info_span!("mine", faulty = ?Faulty, refusing = ?Refusing, fine = 1));
    let span = calls.span("mine");
    span.assert_attribute("fine", 1);
    assert!(span.attribute("faulty").is_some());
    assert!(span.attribute("refusing").is_some());
}

#[test]
fn two_of_the_layer_in_one_subscriber_see_each_span_once() {
    let subscriber = tracing_subscriber::registry().with(testing::layer()).with(testing::layer());
    tracing::subscriber::with_default(subscriber, || {
        let calls = capture();
        chat();
        calls.assert_contract();
        assert_eq!(calls.spans().len(), 1);
        assert_eq!(calls.tokens().total, 192);
    });
}

#[test]
fn the_layer_is_found_in_an_option_and_in_a_box() {
    use tracing_subscriber::Layer as _;
    let subscriber = tracing_subscriber::registry().with(Some(testing::layer().boxed()));
    tracing::subscriber::with_default(subscriber, || {
        let calls = capture();
        tracing::info_span!(parent: None, "without a parent").in_scope(chat);
        calls.assert_contract();
        assert_eq!(calls.spans().len(), 2);
    });
}
