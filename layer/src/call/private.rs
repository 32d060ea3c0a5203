//! What `#[llm_span]` expands to calls of. No public interface: it changes with the macro, which is pinned to this version.

pub use std::borrow::Cow;

pub use llm_span_contract::{
    Operation,
    stamp::{FIELDS, MAX_EXTRA_FIELDS},
};
pub use tracing::{Level, Metadata, callsite::DefaultCallsite, field::Value};

pub use super::{
    Call,
    probe::{
        Bool, Double, Int, Probe, Split, Text, ViaDisplay, ViaNothing, ViaOption, ViaResponse, ViaResult, ViaSigned, ViaStr,
        ViaValue, text,
    },
    run::{Run, once, run},
    settle::{error_name, reported, settle, unreported},
    site::{Parent, Site, metadata},
    stamp::Start,
};
pub use crate::usage::{Report, Usage};

/// The fields of a callsite that has further ones: the contract's, then `extra`.
///
/// `ALL` is [`FIELDS`]'s length and `extra`'s together.
pub const fn widen<const EXTRA: usize, const ALL: usize>(extra: &[&'static str; EXTRA]) -> [&'static str; ALL] {
    let mut all = [""; ALL];
    let mut i = 0;
    while i < FIELDS.len() {
        all[i] = FIELDS[i];
        i += 1;
    }
    while i < ALL {
        all[i] = extra[i - FIELDS.len()];
        i += 1;
    }
    all
}

/// Whose child the span is, from what `parent = …` says.
pub fn parent(parent: impl Into<Option<tracing::Id>>) -> Parent {
    Parent::Explicit(parent.into())
}

/// Records what the call's span follows from.
pub fn follow<I: Into<Option<tracing::Id>>>(call: &Call, causes: impl IntoIterator<Item = I>) {
    for cause in causes {
        call.span().follows_from(cause);
    }
}
