//! What a body without the attribute may return.

use crate::{call::probe::Split, usage::ReportUsage};

/// What a body may return: a response that [reports its usage](ReportUsage), bare or in one layer of `Result` or `Option`; or
/// nothing.
///
/// One layer only, other than of functions with the attribute: a trait can't tell whether there is a further one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report token usage",
    note = "implement `ReportUsage` for it, or use `run_with(future, |response| …)` on a `Result` or an `Option`"
)]
pub trait Returned {
    /// What is there on success.
    type Response;
    /// What is there on failure.
    type Error;

    /// Which of them it is.
    fn split(&self) -> Split<'_, Self::Response, Self::Error>;
}

impl<T: ReportUsage> Returned for T {
    type Response = T;
    type Error = std::convert::Infallible;

    fn split(&self) -> Split<'_, T, Self::Error> {
        Split::Response(self)
    }
}

impl<T, E> Returned for Result<T, E> {
    type Response = T;
    type Error = E;

    fn split(&self) -> Split<'_, T, E> {
        match self {
            Ok(response) => Split::Response(response),
            Err(error) => Split::Error(error),
        }
    }
}

impl<T> Returned for Option<T> {
    type Response = T;
    type Error = std::convert::Infallible;

    fn split(&self) -> Split<'_, T, Self::Error> {
        self.as_ref().map_or(Split::Nothing, Split::Response)
    }
}

impl Returned for () {
    type Response = ();
    type Error = std::convert::Infallible;

    fn split(&self) -> Split<'_, (), Self::Error> {
        Split::Nothing
    }
}
