//! Colours, where they are wanted.

use std::fmt;

/// What something is, which its colour tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Dim,
    Bold,
    Good,
    Warning,
    Bad,
    /// The worst.
    Alarm,
    Start,
    End,
    Measurement,
}

impl Style {
    /// The escape sequence that begins it.
    const fn sequence(self) -> &'static str {
        match self {
            Self::Dim => "\u{1b}[2m",
            Self::Bold => "\u{1b}[1m",
            Self::Good => "\u{1b}[32m",
            Self::Warning => "\u{1b}[33m",
            Self::Bad => "\u{1b}[1;31m",
            Self::Alarm => "\u{1b}[1;37;41m",
            Self::Start => "\u{1b}[34m",
            Self::End => "\u{1b}[35m",
            Self::Measurement => "\u{1b}[36m",
        }
    }
}

const RESET: &str = "\u{1b}[0m";

/// Paints texts, or leaves them as they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    /// The text in its colour.
    pub(super) fn text<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        Painted { style: self.0.then_some(style), text }
    }
}

/// A text in its colour.
pub(super) struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{}{}{RESET}", style.sequence(), self.text),
            None => self.text.fmt(f),
        }
    }
}
