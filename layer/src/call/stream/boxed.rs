//! Boxed streams and iterators: each is put, in its place, into a box of the same type that keeps the call open.

use std::marker::PhantomData;
#[cfg(feature = "stream")]
use std::{
    pin::Pin,
    task::{Context, Poll},
};

#[cfg(feature = "stream")]
use futures_core::Stream;

#[cfg(feature = "stream")]
use super::chunks::Chunks;
use super::{Fallible, Plain, items::Items};
use crate::{
    call::{
        Call,
        error_name::error_name,
        probe::{Opened, Probe, Second, Split, Third},
        settle::settle_failure,
    },
    usage::Report,
};

/// A stream or an iterator that has arrived, or what came in its place; its items, by what is read from them.
#[derive(Debug)]
pub struct Arrived<'a, B, E, I> {
    returned: Result<&'a mut B, Split<'a, B, E>>,
    items: PhantomData<fn(I)>,
}

impl<'a, B, E, I> Arrived<'a, B, E, I> {
    pub(super) fn of(opened: &Opened<'a, B, E>) -> Self {
        Self { returned: opened.taken(), items: PhantomData }
    }

    /// Ends the call if it has failed, or if nothing came.
    pub(super) fn fail<N: AsRef<str>>(&self, call: &mut Call, error_type: impl FnOnce(&'a E) -> N) {
        if let Err(other) = &self.returned {
            settle_failure(Some(call), other, error_type);
        }
    }
}

/// Stands where a box is taken out to be put into another one. A box of it takes no memory.
struct Empty<I>(PhantomData<fn() -> I>);

#[cfg(feature = "stream")]
impl<I> Stream for Empty<I> {
    type Item = I;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I>> {
        Poll::Ready(None)
    }
}

impl<I> Iterator for Empty<I> {
    type Item = I;

    fn next(&mut self) -> Option<I> {
        None
    }
}

fn whole(call: Option<&mut Call>) -> Call {
    call.map_or(Call::Off, |call| std::mem::replace(call, Call::Off))
}

/// Puts what is in a box into another one of its type.
fn around<B>(stream: &mut B, empty: B, boxed: impl FnOnce(B) -> B) {
    let inside = std::mem::replace(stream, empty);
    *stream = boxed(inside);
}

/// One kind of box: its type, how it is made, and what holds for what is in it.
macro_rules! boxes {
    ($($(#[$feature:meta])? $wrapper:ident by $new:path: [$($box:tt)*] $item:ident [$($bounds:tt)*];)*) => {$(
        $(#[$feature])?
        impl<'a, 'b, C: 'b, F: 'b> Arrived<'a, boxes!(@type [$($box)*] Result<C, F>), F, (Fallible<C, F>, F)> {
            /// Ends the call if it has failed; else keeps it open until the stream ends. Errors of both kinds are of one type.
            pub fn llm_span_settle<U, E, N>(self, call: Option<&mut Call>, usage: U, mut error_type: E)
            where
                U: for<'c> FnMut(&'c C) -> Report<'c> $($bounds)* + 'b,
                E: for<'e> FnMut(&'e F) -> N $($bounds)* + 'b,
                N: AsRef<str> + 'b,
            {
                match self.returned {
                    Ok(stream) => around(stream, $new(Empty(PhantomData)), |inside| {
                        $new($wrapper::new(inside, whole(call), Fallible::watch(usage, error_type)))
                    }),
                    Err(other) => settle_failure(call, &other, |error| error_type(error)),
                }
            }
        }

        $(#[$feature])?
        impl<'a, 'b, C: 'b, F: 'b, O> Arrived<'a, boxes!(@type [$($box)*] Result<C, F>), O, Fallible<C, F>> {
            /// Ends the call if it has failed; else keeps it open until the stream ends. The closure is given errors of the stream.
            pub fn llm_span_settle<U, E, N>(self, call: Option<&mut Call>, usage: U, error_type: E)
            where
                U: for<'c> FnMut(&'c C) -> Report<'c> $($bounds)* + 'b,
                E: for<'e> FnMut(&'e F) -> N $($bounds)* + 'b,
                N: AsRef<str> + 'b,
            {
                match self.returned {
                    Ok(stream) => around(stream, $new(Empty(PhantomData)), |inside| {
                        $new($wrapper::new(inside, whole(call), Fallible::watch(usage, error_type)))
                    }),
                    Err(other) => settle_failure(call, &other, error_name),
                }
            }
        }

        $(#[$feature])?
        impl<'a, 'b, C: 'b, O> Arrived<'a, boxes!(@type [$($box)*] C), O, Plain<C>> {
            /// Ends the call if it has failed; else keeps it open until the stream ends.
            pub fn llm_span_settle<U, E, N>(self, call: Option<&mut Call>, usage: U, error_type: E)
            where
                U: for<'c> FnMut(&'c C) -> Report<'c> $($bounds)* + 'b,
                E: FnOnce(&'a O) -> N,
                N: AsRef<str>,
            {
                match self.returned {
                    Ok(stream) => around(stream, $new(Empty(PhantomData)), |inside| {
                        $new($wrapper::new(inside, whole(call), Plain::watch(usage)))
                    }),
                    Err(other) => settle_failure(call, &other, error_type),
                }
            }
        }

        boxes!(@arrived $(#[$feature])? ['a, 'b, C, F] Probe, [$($box)*] Result<C, F>, F, (Fallible<C, F>, F));
        boxes!(@arrived $(#[$feature])? ['a, 'b, C, F, O] Second, [$($box)*] Result<C, F>, O, Fallible<C, F>);
        boxes!(@arrived $(#[$feature])? ['a, 'b, C, O] Third, [$($box)*] C, O, Plain<C>);
    )*};
    (@type [Pin<Box<dyn Stream $(+ $bound:ident)*>>] $item:ty) => { Pin<Box<dyn Stream<Item = $item> $(+ $bound)* + 'b>> };
    (@type [Box<dyn Stream $(+ $bound:ident)*>] $item:ty) => { Box<dyn Stream<Item = $item> $(+ $bound)* + 'b> };
    (@type [Box<dyn Iterator $(+ $bound:ident)*>] $item:ty) => { Box<dyn Iterator<Item = $item> $(+ $bound)* + 'b> };
    (@arrived $(#[$feature:meta])? [$($generics:tt)*] $level:ident, [$($box:tt)*] $item:ty, $error:ty, $items:ty) => {
        $(#[$feature])?
        impl<$($generics)*> $level<'_, Opened<'a, boxes!(@type [$($box)*] $item), $error>> {
            /// What has arrived.
            pub fn llm_span_arrived(&self) -> Arrived<'a, boxes!(@type [$($box)*] $item), $error, $items> {
                Arrived::of(self.get())
            }

            /// [`llm_span_arrived`](Self::llm_span_arrived), of a function that is not asynchronous.
            pub fn llm_span_arrived_now(&self) -> Arrived<'a, boxes!(@type [$($box)*] $item), $error, $items> {
                Arrived::of(self.get())
            }
        }
    };
}

boxes! {
    #[cfg(feature = "stream")] Chunks by Box::pin: [Pin<Box<dyn Stream>>] Item [];
    #[cfg(feature = "stream")] Chunks by Box::pin: [Pin<Box<dyn Stream + Send>>] Item [+ Send];
    #[cfg(feature = "stream")] Chunks by Box::pin: [Pin<Box<dyn Stream + Send + Sync>>] Item [+ Send + Sync];
    #[cfg(feature = "stream")] Chunks by Box::new: [Box<dyn Stream + Unpin>] Item [];
    #[cfg(feature = "stream")] Chunks by Box::new: [Box<dyn Stream + Send + Unpin>] Item [+ Send];
    Items by Box::new: [Box<dyn Iterator>] Item [];
    Items by Box::new: [Box<dyn Iterator + Send>] Item [+ Send];
    Items by Box::new: [Box<dyn Iterator + Send + Sync>] Item [+ Send + Sync];
}
