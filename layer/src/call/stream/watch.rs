//! What is read from the items of a stream, by their type: chunks, or chunks and errors.

#![expect(clippy::unused_self, reason = "a method has the same form for all items")]

use std::marker::PhantomData;

#[cfg(feature = "stream")]
use futures_core::Stream;

#[cfg(feature = "stream")]
use super::chunks::Chunks;
use super::{boxed::Arrived, flow::Kept, items::Items};
use crate::{
    call::{
        Call,
        error_name::{OTHER, error_name},
        probe::{Opened, Probe, Second, Third},
    },
    usage::Report,
};

/// What was returned, as it is; tells inference what the stream's items are, as the function's return type would.
#[cfg(feature = "stream")]
pub fn stream_of<I, S: Stream<Item = I>, E>(opened: Opened<'_, S, E>) -> Opened<'_, S, E> {
    opened
}

/// What was returned, as it is; tells inference what the iterator's items are.
pub fn iterator_of<I, S: Iterator<Item = I>, E>(opened: Opened<'_, S, E>) -> Opened<'_, S, E> {
    opened
}

/// Items that are chunks or errors.
#[derive(Debug)]
pub struct Fallible<C, F>(PhantomData<fn(C, F)>);

/// Items that are chunks.
#[derive(Debug)]
pub struct Plain<C>(PhantomData<fn(C)>);

/// Items of which none is an error, which `error_type` was meant for.
#[derive(Debug)]
pub struct Nameless<C>(PhantomData<fn(C)>);

impl<C, F> Fallible<C, F> {
    pub(super) fn watch<N: AsRef<str>>(
        mut usage: impl for<'c> FnMut(&'c C) -> Report<'c>,
        mut error_type: impl for<'e> FnMut(&'e F) -> N,
    ) -> impl FnMut(&Result<C, F>, &mut Kept) {
        move |item, kept| match item {
            Ok(chunk) => {
                kept.chunk(|| usage(chunk));
            }
            Err(error) => {
                let name = crate::guard::run(|| error_type(error));
                let name = name.as_ref().map(AsRef::as_ref).filter(|name| !name.is_empty());
                kept.error(name.unwrap_or(OTHER));
            }
        }
    }
}

impl<C> Plain<C> {
    pub(super) fn watch(mut usage: impl for<'c> FnMut(&'c C) -> Report<'c>) -> impl FnMut(&C, &mut Kept) {
        move |chunk, kept| kept.chunk(|| usage(chunk))
    }
}

/// What the user's closures make of the items, once there are some.
#[derive(Debug)]
pub struct Watch<I, U, E> {
    usage: U,
    error_type: E,
    items: PhantomData<fn(I)>,
}

impl<I, U, E> Watch<I, U, E> {
    fn new(usage: U, error_type: E) -> Self {
        Self { usage, error_type, items: PhantomData }
    }
}

/// Nothing implements it; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "no item is an error, each is a `{Self}`: `error_type` has nothing to name",
    label = "no error to be given to it",
    note = "remove `error_type`, or return a `Result`, be it of the items or around them"
)]
pub trait IsFallible {}

// Whose errors the closure is given, those of the items or those of the function around them, is told by their types.

impl<S, C, F> Arrived<'_, S, F, (Fallible<C, F>, F)> {
    /// Ends the call if it has failed. Errors of both kinds are of one type.
    pub fn llm_span_watch<U, E, N>(self, call: &mut Call, usage: U, mut error_type: E) -> Watch<Fallible<C, F>, U, E>
    where
        U: for<'c> FnMut(&'c C) -> Report<'c>,
        E: for<'e> FnMut(&'e F) -> N,
        N: AsRef<str>,
    {
        self.fail(call, &mut error_type);
        Watch::new(usage, error_type)
    }

    /// There are errors to be named.
    #[must_use]
    pub fn llm_span_named(self) -> Self {
        self
    }
}

impl<S, O, C, F> Arrived<'_, S, O, Fallible<C, F>> {
    /// Ends the call if it has failed. The closure is given errors of the items.
    pub fn llm_span_watch<U, E, N>(self, call: &mut Call, usage: U, error_type: E) -> Watch<Fallible<C, F>, U, E>
    where
        U: for<'c> FnMut(&'c C) -> Report<'c>,
        E: for<'e> FnMut(&'e F) -> N,
        N: AsRef<str>,
    {
        self.fail(call, error_name);
        Watch::new(usage, error_type)
    }

    /// There are errors to be named.
    #[must_use]
    pub fn llm_span_named(self) -> Self {
        self
    }
}

impl<S, O, C> Arrived<'_, S, O, Plain<C>> {
    /// Ends the call if it has failed.
    pub fn llm_span_watch<U, E, N>(self, call: &mut Call, usage: U, error_type: E) -> Watch<Plain<C>, U, ()>
    where
        U: for<'c> FnMut(&'c C) -> Report<'c>,
        E: for<'e> FnOnce(&'e O) -> N,
        N: AsRef<str>,
    {
        self.fail(call, error_type);
        Watch::new(usage, ())
    }

    /// There are none. Asked only where no `Result` is around the items.
    pub fn llm_span_named(self) -> Nameless<C>
    where
        C: IsFallible,
    {
        Nameless(PhantomData)
    }
}

impl<C> Nameless<C> {
    /// Never runs. Of whatever type an error is taken, it is no error of its own.
    pub fn llm_span_watch<U, E, N, X>(self, _: &mut Call, usage: U, _: E) -> Watch<Plain<C>, U, ()>
    where
        U: for<'c> FnMut(&'c C) -> Report<'c>,
        E: for<'e> FnMut(&'e X) -> N,
    {
        Watch::new(usage, ())
    }
}

macro_rules! wraps {
    ($($method:ident: $trait:ident makes $wrapper:ident $(if $feature:literal)?;)*) => {$(
        $(#[cfg(feature = $feature)])?
        impl<C, F, U, E> Watch<Fallible<C, F>, U, E> {
            /// Keeps the call open for as long as these items come.
            pub fn $method<S, N>(self, items: S, call: Call)
                -> $wrapper<S, impl FnMut(&Result<C, F>, &mut Kept) + use<C, F, S, U, E, N>>
            where
                S: $trait<Item = Result<C, F>>,
                U: for<'c> FnMut(&'c C) -> Report<'c>,
                E: for<'e> FnMut(&'e F) -> N,
                N: AsRef<str>,
            {
                $wrapper::new(items, call, Fallible::watch(self.usage, self.error_type))
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<C, U> Watch<Plain<C>, U, ()> {
            /// Keeps the call open for as long as these items come.
            pub fn $method<S>(self, items: S, call: Call) -> $wrapper<S, impl FnMut(&C, &mut Kept) + use<C, S, U>>
            where
                S: $trait<Item = C>,
                U: for<'c> FnMut(&'c C) -> Report<'c>,
            {
                $wrapper::new(items, call, Plain::watch(self.usage))
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<'a, S: $trait<Item = Result<C, F>>, C, F> Probe<'_, Opened<'a, S, F>> {
            /// What has arrived.
            pub fn $method(&self) -> Arrived<'a, S, F, (Fallible<C, F>, F)> {
                Arrived::of(self.get())
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<'a, S: $trait<Item = Result<C, F>>, C, F, O> Second<'_, Opened<'a, S, O>> {
            /// What has arrived.
            pub fn $method(&self) -> Arrived<'a, S, O, Fallible<C, F>> {
                Arrived::of(self.get())
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<'a, S: $trait<Item = C>, C, O> Third<'_, Opened<'a, S, O>> {
            /// What has arrived.
            pub fn $method(&self) -> Arrived<'a, S, O, Plain<C>> {
                Arrived::of(self.get())
            }
        }
    )*};
}

wraps! {
    llm_span_stream: Stream makes Chunks if "stream";
    llm_span_iterator: Iterator makes Items;
}
