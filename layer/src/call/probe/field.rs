//! Fields of the user's own, of which no contract knows the type.

use tracing::field::Value;

use super::{Fourth, Last, Probe, Second, Third};

/// Unsigned integers are recorded as signed ones where they fit: `tracing-opentelemetry` exports `u64` as text.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// It fits.
    Signed(i64),
    /// It does not.
    Unsigned(u64),
    /// There is none.
    Absent,
}

impl Number {
    fn of(number: impl Unsigned) -> Self {
        let wide = number.widen();
        i64::try_from(wide).map_or(Self::Unsigned(wide), Self::Signed)
    }

    /// What is recorded.
    pub fn llm_span_as_value(&self) -> &dyn Value {
        match self {
            Self::Signed(number) => number,
            Self::Unsigned(number) => number,
            Self::Absent => &tracing::field::Empty,
        }
    }
}

/// An unsigned integer type.
pub trait Unsigned: Copy {
    /// As wide as it gets.
    fn widen(self) -> u64;
}

macro_rules! unsigned {
    ($($integer:ty),*) => {$(
        impl Unsigned for $integer {
            fn widen(self) -> u64 {
                widened(self)
            }
        }
    )*};
}

unsigned!(u8, u16, u32, u64, usize);

fn widened(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

impl<T: Unsigned> Unsigned for &T {
    fn widen(self) -> u64 {
        (*self).widen()
    }
}

/// A value that `tracing` can record.
#[derive(Debug)]
pub struct Plain<'a, T: ?Sized>(&'a T);

impl<T: Value + ?Sized> Plain<'_, T> {
    /// What is recorded.
    pub fn llm_span_as_value(&self) -> &dyn Value {
        &self.0
    }
}

/// What `tracing` can't record implements nothing; the bound names the type in the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be recorded as it is",
    label = "no value of a field",
    note = "mark it: `key = %value` records what it displays, `key = ?value` its `Debug`"
)]
pub trait IsValue {}

impl<T: Unsigned> Probe<'_, T> {
    /// The value to record.
    pub fn llm_span_value(&self) -> Number {
        Number::of(*self.get())
    }
}

impl<T: Unsigned> Second<'_, Option<T>> {
    /// The value to record.
    pub fn llm_span_value(&self) -> Number {
        self.get().map_or(Number::Absent, Number::of)
    }
}

impl<'a, T: Value + ?Sized> Third<'a, T> {
    /// The value to record.
    pub fn llm_span_value(&self) -> Plain<'a, T> {
        Plain(self.get())
    }
}

impl<'a, T: AsRef<str> + ?Sized> Fourth<'a, T> {
    /// The value to record.
    pub fn llm_span_value(&self) -> Plain<'a, str> {
        Plain(self.get().as_ref())
    }
}

impl<T: ?Sized> Last<'_, T> {
    /// No value.
    pub fn llm_span_value(&self) -> Number
    where
        T: IsValue,
    {
        Number::Absent
    }
}
