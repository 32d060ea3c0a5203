//! Without a layer nobody needs to be told that a span is a call's.

use std::time::Instant;

use llm_span_contract::stamp::Field;
use tracing::Span;

use super::{start::Tells, value::Stamp};
use crate::call::site::Site;

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
}

pub(super) fn recording(_: &Span, _: Heard, _: Instant, _: Vec<f32>, _: Option<&[(Field, Stamp<'_>)]>, record: impl FnOnce()) {
    record();
}

pub(super) fn starting(site: &'static Site, _: Instant, _: &Tells<'_>, create: impl FnOnce() -> Span) -> (Span, Heard) {
    let First = &site.first;
    (create(), Heard)
}
