//! Records how a call ended by what its body returned.

use llm_span_contract::Outcome;

use super::{Call, Open, error_name::OTHER, probe::Split, scope::aside};
use crate::usage::{IntoReport, Report, ReportUsage};

/// Ends the call by what its body returned.
///
/// What is known of it when the function is compiled is told apart here, before anything is handed on: a call that nobody listens to
/// passes a comparison, and one that began without a subscriber, `None`, not even that.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "a reference to it would have to be looked through")]
pub fn settle<'a, 'r, T: ?Sized, E, R: IntoReport<'r>, N: AsRef<str>>(
    call: Option<&mut Call>,
    returned: &Split<'a, T, E>,
    usage: impl FnOnce(&'a T) -> R,
    error_type: impl FnOnce(&'a E) -> N,
) {
    let Some(Call::Open(open)) = call else { return };
    match *returned {
        Split::Response(response) => succeed(open, response, usage),
        Split::Around(name) => open.finish(Outcome::Error, Report::default(), Some(name)),
        Split::Nothing => open.finish(Outcome::Ok, Report::default(), None),
        Split::Error(error) => fail(open, error, error_type),
    }
}

// The user's closures run guarded, a fault of theirs costs the attribute, not the response; and they run as a part of the call: what
// they record is its own, not an outer call's.

#[inline(never)]
fn succeed<'a, 'r, T: ?Sized, R: IntoReport<'r>>(call: &mut Open, response: &'a T, usage: impl FnOnce(&'a T) -> R) {
    let report = aside(call, || usage(response).into_report()).unwrap_or_default();
    call.finish(Outcome::Ok, report, None);
}

#[inline(never)]
fn fail<'a, E, N: AsRef<str>>(call: &mut Open, error: &'a E, error_type: impl FnOnce(&'a E) -> N) {
    let name = aside(call, || error_type(error));
    let name = name.as_ref().map(AsRef::as_ref).filter(|name| !name.is_empty());
    call.finish(Outcome::Error, Report::default(), Some(name.unwrap_or(OTHER)));
}

/// Ends the call if its body has failed, or returned nothing; goes on where there is a response, which is a stream.
pub fn settle_failure<'a, T: ?Sized, E, N: AsRef<str>>(
    call: Option<&mut Call>,
    returned: &Split<'a, T, E>,
    error_type: impl FnOnce(&'a E) -> N,
) {
    if !matches!(returned, Split::Response(_)) {
        settle(call, returned, |_| Report::default(), error_type);
    }
}

/// What a response reports by its [`ReportUsage`].
#[inline]
pub fn reported<T: ReportUsage + ?Sized>(response: &T) -> Report<'_> {
    Report::of(response)
}

/// The body records the usage, or there is none.
#[inline]
pub fn unreported<T: ?Sized>(_: &T) -> Report<'_> {
    Report::default()
}
