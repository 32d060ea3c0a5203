//! What `#[llm_span]` expands to calls of. No public interface: it changes with the macro, which is pinned to this version.

mod prepared;
mod presets;

use std::fmt;
pub use std::{
    boxed::Box,
    mem::drop,
    option::Option::{self, None, Some},
    pin::pin,
};

pub use llm_span_contract::{
    Operation, SpanKind,
    stamp::{FIELDS, MAX_EXTRA_FIELDS},
};
pub use prepared::Prepared;
pub use presets::{Details, cached_apart, plus};
use tracing::field::{self, DebugValue, DisplayValue};
pub use tracing::{Level, Metadata, callsite::DefaultCallsite, field::Value};

#[cfg(feature = "stream")]
pub use super::stream::stream_of;
pub use super::{
    Call,
    error_name::error_name,
    probe::{Probe, Slot, Split, bool, double, int, list, probe, slot},
    run::{Here, Run, body, heard, is_unheard, once, pass, run, run_here, unheard},
    settle::{reported, settle, settle_failure, unreported},
    site::{Parent, Place, Site, is_off, metadata},
    stamp::{Ids, Start},
    stream::iterator_of,
};
use crate::content;
pub use crate::usage::{IntoReport, Report, Usage};

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

/// The texts that a call captures before its body runs: masked and cut; nothing where none are captured.
pub fn captured<const N: usize>(texts: impl FnOnce() -> [(usize, &'static str, Option<String>); N]) -> Vec<(usize, String)> {
    if content::mode() == content::ContentMode::None {
        return Vec::new();
    }
    texts().into_iter().filter_map(|(field, key, text)| Some((field, content::prepared(key, &text?)?))).collect()
}

/// Calls what makes a future, where an early `return` of its may stand in it.
pub fn make<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// A field by `Display`. The type says nothing of the value's, so that a value which does not display is told once.
pub fn display<T: fmt::Display>(value: &T) -> DisplayValue<&dyn fmt::Display> {
    field::display(value)
}

/// A field by `Debug`.
pub fn debug<T: fmt::Debug>(value: &T) -> DebugValue<&dyn fmt::Debug> {
    field::debug(value)
}

/// What a closure says of a response, as a report.
#[inline]
pub fn report<'a>(usage: impl IntoReport<'a>) -> Report<'a> {
    usage.into_report()
}

/// Calls a closure of the user's, in a place where its argument's type is known.
#[inline]
pub fn apply<'a, T: ?Sized, R>(value: &'a T, closure: impl FnOnce(&'a T) -> R) -> R {
    closure(value)
}

/// A value of the type that a body returns, so that inference knows it; never called.
pub fn never<R>() -> R {
    loop {
        std::hint::spin_loop();
    }
}

/// Records what the call's span follows from.
pub fn follow<I: Into<Option<tracing::Id>>>(call: &Call, causes: impl IntoIterator<Item = I>) {
    for cause in causes {
        call.span().follows_from(cause);
    }
}
