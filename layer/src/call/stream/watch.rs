//! What is read from the items of a stream, by their type: chunks, or chunks and errors.

use std::{convert::Infallible, marker::PhantomData};

#[cfg(feature = "stream")]
use futures_core::Stream;

#[cfg(feature = "stream")]
use super::chunks::Chunks;
use super::{super::Call, flow::Kept, items::Items};
use crate::{
    call::probe::{Probe, Second},
    usage::Report,
};

/// The stream as it is; tells inference what its items are, as the function's return type would.
#[cfg(feature = "stream")]
pub fn stream_of<I, S: Stream<Item = I>>(stream: S) -> S {
    stream
}

/// The iterator as it is; tells inference what its items are.
pub fn iterator_of<I, S: Iterator<Item = I>>(iterator: S) -> S {
    iterator
}

/// Items that are chunks or errors.
#[derive(Debug)]
pub struct Fallible<C, F>(PhantomData<fn(C, F)>);

/// Items that are chunks.
#[derive(Debug)]
pub struct Plain<C>(PhantomData<fn(C)>);

impl<C, F> Fallible<C, F> {
    pub(super) const ITEMS: Self = Self(PhantomData);

    pub(super) fn watch<N: AsRef<str>>(
        mut usage: impl for<'c> FnMut(&'c C) -> Report<'c>,
        mut error_type: impl for<'e> FnMut(&'e F) -> N,
    ) -> impl FnMut(&Result<C, F>, &mut Kept) {
        move |item, kept| match item {
            Ok(chunk) => {
                // The chunk has come, whatever the user's closure makes of it.
                let report = crate::guard::run(|| usage(chunk)).unwrap_or_default();
                kept.chunk(report);
            }
            Err(error) => {
                let name = crate::guard::run(|| error_type(error));
                let name = name.as_ref().map(AsRef::as_ref).filter(|name| !name.is_empty());
                kept.error(name.unwrap_or(super::super::error_name::OTHER));
            }
        }
    }
}

impl<C> Plain<C> {
    pub(super) const ITEMS: Self = Self(PhantomData);

    pub(super) fn watch(mut usage: impl for<'c> FnMut(&'c C) -> Report<'c>) -> impl FnMut(&C, &mut Kept) {
        move |chunk, kept| {
            let report = crate::guard::run(|| usage(chunk)).unwrap_or_default();
            kept.chunk(report);
        }
    }
}

macro_rules! wraps {
    ($($method:ident: $trait:ident makes $wrapper:ident $(if $feature:literal)?;)*) => {$(
        $(#[cfg(feature = $feature)])?
        impl<C, F> Fallible<C, F> {
            /// Keeps the call open for as long as these items come.
            pub fn $method<S, U, E, N>(self, items: S, call: Call, usage: U, error_type: E)
                -> $wrapper<S, impl FnMut(&Result<C, F>, &mut Kept) + use<C, F, S, U, E, N>>
            where
                S: $trait<Item = Result<C, F>>,
                U: for<'c> FnMut(&'c C) -> Report<'c>,
                E: for<'e> FnMut(&'e F) -> N,
                N: AsRef<str>,
            {
                $wrapper::new(items, call, Self::watch(usage, error_type))
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<C> Plain<C> {
            /// Keeps the call open for as long as these items come.
            pub fn $method<S, U, E, N>(self, items: S, call: Call, usage: U, _: E)
                -> $wrapper<S, impl FnMut(&C, &mut Kept) + use<C, S, U, E, N>>
            where
                S: $trait<Item = C>,
                U: for<'c> FnMut(&'c C) -> Report<'c>,
                E: FnMut(&Infallible) -> N,
            {
                $wrapper::new(items, call, Self::watch(usage))
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<S: $trait<Item = Result<C, F>>, C, F> Probe<'_, S> {
            /// What its items are.
            pub fn $method(&self) -> Fallible<C, F> {
                Fallible::ITEMS
            }
        }

        $(#[cfg(feature = $feature)])?
        impl<S: $trait<Item = C>, C> Second<'_, S> {
            /// What its items are.
            pub fn $method(&self) -> Plain<C> {
                Plain::ITEMS
            }
        }
    )*};
}

wraps! {
    stream: Stream makes Chunks if "stream";
    iterator: Iterator makes Items;
}
