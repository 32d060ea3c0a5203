//! What a body returned, and parts of a response: one layer of `Result` or `Option` taken off.

use std::{convert::Infallible, future::Future};

use super::{Probe, Second, Third};

/// What a body returned, one layer of `Result` or `Option` taken off.
#[derive(Debug)]
pub enum Split<'a, T: ?Sized, E> {
    /// A response.
    Response(&'a T),
    /// An error.
    Error(&'a E),
    /// `None`: a success without a response.
    Nothing,
}

impl<'a, T, E> Probe<'a, Result<T, E>> {
    /// What is inside.
    pub fn split(&self) -> Split<'a, T, E> {
        match self.get() {
            Ok(response) => Split::Response(response),
            Err(error) => Split::Error(error),
        }
    }

    /// [`split`](Self::split), of a function that is not asynchronous.
    pub fn split_now(&self) -> Split<'a, T, E> {
        self.split()
    }
}

impl<'a, T> Probe<'a, Option<T>> {
    /// What is inside.
    pub fn split(&self) -> Split<'a, T, Infallible> {
        self.get().as_ref().map_or(Split::Nothing, Split::Response)
    }

    /// [`split`](Self::split), of a function that is not asynchronous.
    pub fn split_now(&self) -> Split<'a, T, Infallible> {
        self.split()
    }

    /// What is inside, where there is something.
    pub fn there(&self) -> Option<&'a T> {
        self.get().as_ref()
    }
}

/// No future implements it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a future: the call would end before it is polled",
    label = "a future that is not seen as one",
    note = "make the function `async`, or write its return type out: `impl Future<Output = …>`, `Pin<Box<dyn Future<Output = …>>>`, `BoxFuture<'_, …>`"
)]
pub trait IsResponse {}

impl<'a, F: Future> Second<'a, F> {
    /// Nothing that has been returned yet.
    pub fn split_now(&self) -> Split<'a, F, Infallible>
    where
        F: IsResponse,
    {
        Split::Nothing
    }
}

impl<'a, T: ?Sized> Third<'a, T> {
    /// The response itself.
    pub fn split(&self) -> Split<'a, T, Infallible> {
        Split::Response(self.get())
    }

    /// [`split`](Self::split), of a function that is not asynchronous.
    pub fn split_now(&self) -> Split<'a, T, Infallible> {
        self.split()
    }

    /// The value itself.
    pub fn there(&self) -> Option<&'a T> {
        Some(self.get())
    }
}
