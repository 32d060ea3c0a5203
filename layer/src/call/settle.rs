//! Records how a call ended by what its body returned.

use std::{
    any::type_name,
    panic::{AssertUnwindSafe, catch_unwind},
};

use llm_span_contract::Outcome;

use super::{Call, Open, probe::Split};
use crate::usage::{IntoReport, Report, ReportUsage};

/// Ends the call by what its body returned.
#[inline]
pub fn settle<'a, 'r, T: ?Sized, E, R: IntoReport<'r>, N: AsRef<str>>(
    call: &mut Call,
    returned: &Split<'a, T, E>,
    usage: impl FnOnce(&'a T) -> R,
    error_type: impl FnOnce(&'a E) -> N,
) {
    if let Call::Open(open) = call {
        settle_open(open, returned, usage, error_type);
    }
}

/// Records how the call ended. The user's closures run guarded: a fault of theirs costs the attribute, not the response.
fn settle_open<'a, 'r, T: ?Sized, E, R: IntoReport<'r>, N: AsRef<str>>(
    call: &mut Open,
    returned: &Split<'a, T, E>,
    usage: impl FnOnce(&'a T) -> R,
    error_type: impl FnOnce(&'a E) -> N,
) {
    match *returned {
        Split::Response(response) => {
            let report = guarded(|| usage(response).into_report()).unwrap_or_default();
            call.finish(Outcome::Ok, report, None);
        }
        Split::Nothing => call.finish(Outcome::Ok, Report::default(), None),
        Split::Error(error) => {
            let name = guarded(|| error_type(error));
            let name = name.as_ref().map(AsRef::as_ref).filter(|name| !name.is_empty());
            call.finish(Outcome::Error, Report::default(), Some(name.unwrap_or(OTHER)));
        }
    }
}

/// The conventions' value for an error that has no name of its own.
const OTHER: &str = "_OTHER";

fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

/// What a response reports by its [`ReportUsage`].
pub fn reported<T: ReportUsage + ?Sized>(response: &T) -> Report<'_> {
    Report::of(response)
}

/// The body records the usage, or there is none.
pub fn unreported<T: ?Sized>(_: &T) -> Report<'static> {
    Report::default()
}

/// The name of an error's type, without its path and parameters; `_OTHER` where the type tells nothing.
pub fn error_name<E>(_: &E) -> &'static str {
    let full = type_name::<E>();
    let opaque = ["dyn ", "anyhow::Error", "eyre::Report"].iter().any(|opaque| full.contains(opaque));
    let path = full.split('<').next().unwrap_or(full);
    let name = path.rsplit("::").next().unwrap_or(path);
    let named = !opaque && name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    if named { name } else { OTHER }
}
