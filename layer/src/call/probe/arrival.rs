//! What has arrived when a body has returned: a whole response, a stream of chunks, or what can be neither.
//!
//! A boxed stream is told by its type, under whatever alias; it is put into another box that keeps the call open.

use std::{future::Future, marker::PhantomData, task::Poll};

#[cfg(feature = "stream")]
use futures_core::Stream;

#[cfg(feature = "stream")]
use super::Fourth;
use super::{
    Fifth, Last, Probe, Second, Sixth,
    split::{Opened, Split},
};
use crate::{
    call::{Call, settle::settle},
    usage::IntoReport,
};

/// A whole response.
#[derive(Debug)]
pub struct Whole<'a, T, E>(Split<'a, T, E>);

impl<'a, T, E> Whole<'a, T, E> {
    /// Ends the call by it.
    #[inline]
    pub fn llm_span_settle<'r, R: IntoReport<'r>, N: AsRef<str>>(
        self,
        call: Option<&mut Call>,
        usage: impl FnOnce(&'a T) -> R,
        error_type: impl FnOnce(&'a E) -> N,
    ) {
        settle(call, &self.0, usage, error_type);
    }
}

impl<'a, T, E> Last<'_, Opened<'a, T, E>> {
    /// What has arrived.
    #[inline]
    pub fn llm_span_arrived(&self) -> Whole<'a, T, E> {
        Whole(self.get().split())
    }

    /// [`llm_span_arrived`](Self::llm_span_arrived), of a function that is not asynchronous.
    #[inline]
    pub fn llm_span_arrived_now(&self) -> Whole<'a, T, E> {
        self.llm_span_arrived()
    }
}

/// What can't be served: that is told, and nothing more. Closures are given what they are meant for, a chunk or an output, so that
/// they are no errors of their own.
type Refused<'a, T, E> = Probe<'a, Refusal<'a, T, E>>;

/// Items or an output, and errors.
#[derive(Debug)]
pub struct Refusal<'a, T, E>(PhantomData<fn(&'a T, &'a E)>);

impl<'a, T, E> Refusal<'a, T, E> {
    const IT: &'a Self = &Self(PhantomData);
}

fn refused<'a, T, E>() -> Refused<'a, T, E> {
    Probe::new(Refusal::IT)
}

impl<'a, T, F, E> Probe<'_, Refusal<'a, Result<T, F>, E>> {
    /// Never runs.
    #[inline]
    pub fn llm_span_settle<R: IntoReport<'a>, N: AsRef<str>>(
        &self,
        _: Option<&mut Call>,
        _: impl FnOnce(&'a T) -> R,
        _: impl FnOnce(&'a E) -> N,
    ) {
    }
}

impl<'a, T, E> Second<'_, Refusal<'a, T, E>> {
    /// Never runs.
    #[inline]
    pub fn llm_span_settle<R: IntoReport<'a>, N: AsRef<str>>(
        &self,
        _: Option<&mut Call>,
        _: impl FnOnce(&'a T) -> R,
        _: impl FnOnce(&'a E) -> N,
    ) {
    }
}

/// No future implements it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a future: the call would end before it is polled",
    label = "a future that is not seen as one",
    note = "make the function `async`, or write its return type out: `impl Future<Output = …>`, `Pin<Box<dyn Future<Output = …>>>`, `BoxFuture<'_, …>`"
)]
pub trait IsResponse {}

impl<'a, F: Future, E> Sixth<'_, Opened<'a, F, E>> {
    /// Nothing that has been returned yet.
    #[inline]
    pub fn llm_span_arrived_now(&self) -> Refused<'a, F::Output, E>
    where
        F: IsResponse,
    {
        refused()
    }
}

/// `Poll` does not implement it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is one poll of a future: each would be a call of its own",
    label = "no whole call",
    note = "annotate the function that makes the future, or put `llm_span::call(…).run(…)` around it"
)]
pub trait IsWhole {}

impl<'a, T, E> Probe<'_, Opened<'a, Poll<T>, E>> {
    /// Nothing that may have been returned yet.
    #[inline]
    pub fn llm_span_arrived_now(&self) -> Refused<'a, T, E>
    where
        Poll<T>: IsWhole,
    {
        refused()
    }
}

/// No stream implements it; the bound names the type in the error.
#[cfg(feature = "stream")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a stream: the call would end before its first chunk",
    label = "it can't be wrapped and stay of this type",
    note = "return `impl Stream<Item = …>`; or a boxed one, `Pin<Box<dyn Stream<Item = …>>>`, which may be `Send`, or `Send + Sync` (`BoxStream<'_, …>`)",
    note = "or hold the call in a type of your own: `llm_span::call(…).open()`, and feed it chunk by chunk"
)]
pub trait IsNoStream {}

#[cfg(feature = "stream")]
impl<'a, S: Stream, E> Fourth<'_, Opened<'a, S, E>> {
    /// No whole response.
    #[inline]
    pub fn llm_span_arrived(&self) -> Refused<'a, S::Item, E>
    where
        S: IsNoStream,
    {
        refused()
    }

    /// [`llm_span_arrived`](Self::llm_span_arrived), of a function that is not asynchronous.
    #[inline]
    pub fn llm_span_arrived_now(&self) -> Refused<'a, S::Item, E>
    where
        S: IsNoStream,
    {
        refused()
    }
}

/// No iterator implements it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is an iterator: the call would end before its first chunk",
    label = "it can't be wrapped and stay of this type",
    note = "return `impl Iterator<Item = …>`, or a `Box<dyn Iterator<Item = …>>`, which may be `Send`, or `Send + Sync`; or collect the chunks into a response",
    note = "or hold the call in a type of your own: `llm_span::call(…).open()`, and feed it chunk by chunk"
)]
pub trait IsNoIterator {}

impl<'a, I: Iterator, E> Fifth<'_, Opened<'a, I, E>> {
    /// No whole response.
    #[inline]
    pub fn llm_span_arrived(&self) -> Refused<'a, I::Item, E>
    where
        I: IsNoIterator,
    {
        refused()
    }

    /// [`llm_span_arrived`](Self::llm_span_arrived), of a function that is not asynchronous.
    #[inline]
    pub fn llm_span_arrived_now(&self) -> Refused<'a, I::Item, E>
    where
        I: IsNoIterator,
    {
        refused()
    }
}
