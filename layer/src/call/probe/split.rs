//! What a body returned, and parts of a response: layers of `Result` and `Option` taken off.
//!
//! The attribute takes three off, each by a probe of its own: `llm_span_split`, `llm_span_inner` twice. A timeout around an item of a stream has that
//! many. What is inside is lent mutably: a boxed stream is put into another box, in its place.

use std::{cell::Cell, convert::Infallible};

use super::{Probe, Third};
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

/// A value lent mutably, to be taken once: probes give shared references only.
pub struct Slot<'a, T>(Cell<Option<&'a mut T>>);

/// Lends a value.
#[inline]
pub fn slot<T>(value: &mut T) -> Slot<'_, T> {
    Slot(Cell::new(Some(value)))
}

/// As [`Split`], on the way.
pub enum Opened<'a, T, E> {
    /// A response, or a further layer.
    Response(Slot<'a, T>),
    /// An error, of the innermost `Result`.
    Error(&'a E),
    /// An error of a `Result` further out, by its type's name.
    Around(&'static str),
    /// `None`.
    Nothing,
}

impl<'a, T, E> Opened<'a, T, E> {
    #[inline]
    fn response(value: &'a mut T) -> Self {
        Self::Response(slot(value))
    }

    /// The same once more, for whom only a shared reference is there.
    #[inline]
    pub(super) fn take(&self) -> Self {
        match self {
            Self::Response(Slot(value)) => value.take().map_or(Self::Nothing, Self::response),
            Self::Error(error) => Self::Error(error),
            Self::Around(name) => Self::Around(name),
            Self::Nothing => Self::Nothing,
        }
    }

    /// What was there to be taken.
    #[inline]
    pub(in crate::call) fn taken(&self) -> Result<&'a mut T, Split<'a, T, E>> {
        match self {
            Self::Response(Slot(value)) => value.take().ok_or(Split::Nothing),
            Self::Error(error) => Err(Split::Error(error)),
            Self::Around(name) => Err(Split::Around(name)),
            Self::Nothing => Err(Split::Nothing),
        }
    }

    /// The same, to be looked at.
    #[inline]
    pub(super) fn split(&self) -> Split<'a, T, E> {
        match self.taken() {
            Ok(response) => Split::Response(response),
            Err(other) => other,
        }
    }
}

impl<'a, T, E> Probe<'_, Slot<'a, Result<T, E>>> {
    /// What is inside.
    #[inline]
    pub fn llm_span_split(&self) -> Opened<'a, T, E> {
        match self.get().0.take() {
            Some(Ok(response)) => Opened::response(response),
            Some(Err(error)) => Opened::Error(error),
            None => Opened::Nothing,
        }
    }
}

impl<'a, T> Probe<'_, Slot<'a, Option<T>>> {
    /// What is inside.
    #[inline]
    pub fn llm_span_split(&self) -> Opened<'a, T, Infallible> {
        self.get().0.take().and_then(Option::as_mut).map_or(Opened::Nothing, Opened::response)
    }
}

impl<'a, T> Third<'_, Slot<'a, T>> {
    /// The response itself.
    #[inline]
    pub fn llm_span_split(&self) -> Opened<'a, T, Infallible> {
        self.get().0.take().map_or(Opened::Nothing, Opened::response)
    }
}

impl<'a, T> Probe<'a, Option<T>> {
    /// What is inside, where there is something.
    #[inline]
    pub fn llm_span_there(&self) -> Option<&'a T> {
        self.get().as_ref()
    }
}

impl<'a, T: ?Sized> Third<'a, T> {
    /// The value itself.
    #[inline]
    pub fn llm_span_there(&self) -> Option<&'a T> {
        Some(self.get())
    }
}

// A further layer. The error is that of the innermost `Result`: its type is the one that a closure can be given.

impl<'a, T, F, E> Probe<'_, Opened<'a, Result<T, F>, E>> {
    /// What is inside of the response.
    #[inline]
    pub fn llm_span_inner(&self) -> Opened<'a, T, F> {
        match self.get().taken() {
            Ok(Ok(response)) => Opened::response(response),
            Ok(Err(error)) => Opened::Error(error),
            Err(Split::Error(error)) => Opened::Around(error_name(error)),
            Err(Split::Around(name)) => Opened::Around(name),
            Err(Split::Nothing | Split::Response(_)) => Opened::Nothing,
        }
    }
}

impl<'a, T, E> Probe<'_, Opened<'a, Option<T>, E>> {
    /// What is inside of the response.
    #[inline]
    pub fn llm_span_inner(&self) -> Opened<'a, T, E> {
        match self.get().taken() {
            Ok(Some(response)) => Opened::response(response),
            Err(Split::Error(error)) => Opened::Error(error),
            Err(Split::Around(name)) => Opened::Around(name),
            Ok(None) | Err(Split::Nothing | Split::Response(_)) => Opened::Nothing,
        }
    }
}

impl<'a, T, E> Third<'_, Opened<'a, T, E>> {
    /// The same, as there is no further layer.
    #[inline]
    pub fn llm_span_inner(&self) -> Opened<'a, T, E> {
        self.get().take()
    }
}
