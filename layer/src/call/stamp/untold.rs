//! Without a layer nobody needs to be told that a span is a call's.

use std::time::Instant;

use llm_span_contract::stamp::Field;
use tracing::{Metadata, Span};

use super::value::Stamp;
use crate::call::site::Site;

/// What a call tells when it starts: it need not be known.
pub(super) struct Telling;

/// How a call was heard: it need not be known.
#[derive(Clone, Copy, Debug)]
pub(in crate::call) struct Heard;

/// What a callsite's first call told: it need not be known.
#[derive(Debug, Default)]
pub(in crate::call) struct First;

impl First {
    pub(in crate::call) const fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as where it is known")]
    pub(super) fn telling(&self, _: &'static Metadata<'static>, _provider: Option<&str>, _model: Option<&str>) -> Telling {
        Telling
    }
}

pub(super) fn recording(_: &Span, _: Heard, _: Instant, _: Vec<f32>, _: Option<&[(Field, Stamp<'_>)]>, record: impl FnOnce()) {
    record();
}

pub(super) fn starting(_: &'static Site, _: Instant, _: (Telling, bool), create: impl FnOnce() -> Span) -> (Span, Heard) {
    (create(), Heard)
}
