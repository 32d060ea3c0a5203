//! `provider`, `model` and text attributes.

use std::{borrow::Cow, fmt::Display};

use super::{Fourth, Last, Probe, Second, Third};

/// What is no text implements nothing; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text",
    label = "expected text",
    note = "text is what is a `str` (`&str`, `String`, `Cow<str>`, `Arc<str>`) or displays"
)]
pub trait IsText {}

// Text that is there as a `str` is borrowed; what displays is formatted; everything else is refused.

impl<'a, T: AsRef<str> + ?Sized> Probe<'a, T> {
    /// The text.
    pub fn llm_span_text(&self) -> Cow<'a, str> {
        Cow::Borrowed(self.get().as_ref())
    }

    /// The text, where there is one.
    pub fn llm_span_text_or_none(&self) -> Option<Cow<'a, str>> {
        Some(self.llm_span_text())
    }
}

impl<'a, T: Display + ?Sized> Second<'a, T> {
    /// The text.
    pub fn llm_span_text(&self) -> Cow<'a, str> {
        Cow::Owned(self.get().to_string())
    }

    /// The text, where there is one.
    pub fn llm_span_text_or_none(&self) -> Option<Cow<'a, str>> {
        Some(self.llm_span_text())
    }
}

impl<'a, T: AsRef<str>> Third<'a, Option<T>> {
    /// The text, where there is one.
    pub fn llm_span_text_or_none(&self) -> Option<Cow<'a, str>> {
        self.get().as_ref().map(|text| Cow::Borrowed(text.as_ref()))
    }
}

impl<'a, T: Display> Fourth<'a, Option<T>> {
    /// The text, where there is one.
    pub fn llm_span_text_or_none(&self) -> Option<Cow<'a, str>> {
        self.get().as_ref().map(|text| Cow::Owned(text.to_string()))
    }
}

impl<'a, T: ?Sized> Last<'a, T> {
    /// No text.
    pub fn llm_span_text(&self) -> Cow<'a, str>
    where
        T: IsText,
    {
        Cow::Borrowed("")
    }

    /// No text.
    pub fn llm_span_text_or_none(&self) -> Option<Cow<'a, str>>
    where
        T: IsText,
    {
        None
    }
}
