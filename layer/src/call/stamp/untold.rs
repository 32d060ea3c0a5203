//! Without a layer nobody needs to be told that a span is a call's.

use std::time::Instant;

use tracing::{Metadata, Span};

pub(super) fn recording(_: &Span, _: Vec<f32>, record: impl FnOnce()) {
    record();
}

pub(super) fn starting(_: &'static Metadata<'static>, _: Instant, create: impl FnOnce() -> Span) -> Span {
    create()
}
