//! Without a layer nobody needs to be told that a span is a call's.

use std::time::Instant;

use llm_span_contract::stamp::Field;
use tracing::{Metadata, Span};

use super::value::Stamp;

/// What a call tells when it starts: it need not be known.
pub(super) struct Telling;

/// What a callsite's first call told: it need not be known.
#[derive(Debug, Default)]
pub(in crate::call) struct First;

impl First {
    pub(in crate::call) const fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as where it is known")]
    pub(super) fn telling(&self, _provider: Option<&str>, _model: Option<&str>, _is_all: bool) -> Telling {
        Telling
    }
}

pub(super) fn recording(_: &Span, _: Vec<f32>, _: Option<&[(Field, Stamp<'_>)]>, record: impl FnOnce()) {
    record();
}

pub(super) fn starting(_: &'static Metadata<'static>, _: Instant, _: Telling, create: impl FnOnce() -> Span) -> Span {
    create()
}
