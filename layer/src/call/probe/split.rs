//! What a body returned, and parts of a response: layers of `Result` and `Option` taken off.
//!
//! The attribute takes three off, each by a probe of its own: `split`, `inner`, `last`. A timeout around an item of a stream has that
//! many.

use std::{convert::Infallible, future::Future, task::Poll};

use super::{Probe, Second, Third};
use crate::call::error_name::error_name;

/// What a body returned, layers of `Result` and `Option` taken off.
#[derive(Debug)]
pub enum Split<'a, T: ?Sized, E> {
    /// A response.
    Response(&'a T),
    /// An error, of the innermost `Result`.
    Error(&'a E),
    /// An error of a `Result` further out, by its type's name.
    Around(&'static str),
    /// `None`: a success without a response.
    Nothing,
}

impl<T: ?Sized, E> Clone for Split<'_, T, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, E> Copy for Split<'_, T, E> {}

impl<'a, T, E> Probe<'a, Result<T, E>> {
    /// What is inside.
    pub fn split(&self) -> Split<'a, T, E> {
        match self.get() {
            Ok(response) => Split::Response(response),
            Err(error) => Split::Error(error),
        }
    }
}

impl<'a, T> Probe<'a, Option<T>> {
    /// What is inside.
    pub fn split(&self) -> Split<'a, T, Infallible> {
        self.get().as_ref().map_or(Split::Nothing, Split::Response)
    }

    /// What is inside, where there is something.
    pub fn there(&self) -> Option<&'a T> {
        self.get().as_ref()
    }
}

impl<'a, T: ?Sized> Third<'a, T> {
    /// The response itself.
    pub fn split(&self) -> Split<'a, T, Infallible> {
        Split::Response(self.get())
    }

    /// The value itself.
    pub fn there(&self) -> Option<&'a T> {
        Some(self.get())
    }
}

// A further layer. The error is that of the innermost `Result`: its type is the one that a closure can be given.

impl<'a, T, F, E> Probe<'_, Split<'a, Result<T, F>, E>> {
    /// What is inside of the response.
    pub fn inner(&self) -> Split<'a, T, F> {
        match *self.get() {
            Split::Response(Ok(response)) => Split::Response(response),
            Split::Response(Err(error)) => Split::Error(error),
            Split::Error(error) => Split::Around(error_name(error)),
            Split::Around(name) => Split::Around(name),
            Split::Nothing => Split::Nothing,
        }
    }

    /// [`inner`](Self::inner), the last time.
    pub fn last(&self) -> Split<'a, T, F> {
        self.inner()
    }

    /// [`last`](Self::last), of a function that is not asynchronous.
    pub fn last_now(&self) -> Split<'a, T, F> {
        self.inner()
    }
}

impl<'a, T, E> Probe<'_, Split<'a, Option<T>, E>> {
    /// What is inside of the response.
    pub fn inner(&self) -> Split<'a, T, E> {
        match *self.get() {
            Split::Response(Some(response)) => Split::Response(response),
            Split::Response(None) | Split::Nothing => Split::Nothing,
            Split::Error(error) => Split::Error(error),
            Split::Around(name) => Split::Around(name),
        }
    }

    /// [`inner`](Self::inner), the last time.
    pub fn last(&self) -> Split<'a, T, E> {
        self.inner()
    }

    /// [`last`](Self::last), of a function that is not asynchronous.
    pub fn last_now(&self) -> Split<'a, T, E> {
        self.inner()
    }
}

impl<'a, T: ?Sized, E> Third<'_, Split<'a, T, E>> {
    /// The same, as there is no further layer.
    pub fn inner(&self) -> Split<'a, T, E> {
        *self.get()
    }

    /// [`inner`](Self::inner), the last time.
    pub fn last(&self) -> Split<'a, T, E> {
        *self.get()
    }

    /// [`last`](Self::last), of a function that is not asynchronous.
    pub fn last_now(&self) -> Split<'a, T, E> {
        *self.get()
    }
}

/// No future implements it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a future: the call would end before it is polled",
    label = "a future that is not seen as one",
    note = "make the function `async`, or write its return type out: `impl Future<Output = …>`, `Pin<Box<dyn Future<Output = …>>>`, `BoxFuture<'_, …>`"
)]
pub trait IsResponse {}

impl<'a, F: Future, E> Second<'_, Split<'a, F, E>> {
    /// Nothing that has been returned yet.
    pub fn last_now(&self) -> Split<'a, F, E>
    where
        F: IsResponse,
    {
        Split::Nothing
    }
}

/// `Poll` does not implement it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is one poll of a future: each would be a call of its own",
    label = "no whole call",
    note = "annotate the function that makes the future, or put `llm_span::call(…).run(…)` around it"
)]
pub trait IsWhole {}

impl<'a, T, E> Probe<'_, Split<'a, Poll<T>, E>> {
    /// Nothing that may have been returned yet.
    pub fn last_now(&self) -> Split<'a, Poll<T>, E>
    where
        Poll<T>: IsWhole,
    {
        Split::Nothing
    }
}
