//! Reads values of any suitable type, the cheapest way each type allows.
//!
//! Method calls look for an implementation on the value first, then on references to it: an order of preference without
//! specialization. The macro calls these methods on `&&&Probe(…)`.

use std::{borrow::Cow, convert::Infallible, fmt::Display};

use tracing::field::Value;

/// A value to be read.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// Text that is there as a `str` is borrowed.
pub trait ViaStr<'a> {
    /// The text.
    fn text(&self) -> Cow<'a, str>;
}

impl<'a, T: AsRef<str> + ?Sized> ViaStr<'a> for &&Probe<'a, T> {
    fn text(&self) -> Cow<'a, str> {
        Cow::Borrowed(self.0.as_ref())
    }
}

/// What displays is formatted.
pub trait ViaDisplay {
    /// The text.
    fn text(&self) -> Cow<'static, str>;
}

impl<T: Display + ?Sized> ViaDisplay for &Probe<'_, T> {
    fn text(&self) -> Cow<'static, str> {
        Cow::Owned(self.0.to_string())
    }
}

/// Everything else is refused by [`Text`], which says why.
pub trait ViaNothing<'a> {
    /// What is no text.
    type Not;
    /// What is no text.
    fn text(&self) -> Self::Not;
}

/// A value that is no text.
#[derive(Debug)]
pub struct NotText<'a, T: ?Sized>(#[allow(dead_code, reason = "names the type in the error")] &'a T);

impl<'a, T: ?Sized> ViaNothing<'a> for Probe<'a, T> {
    type Not = NotText<'a, T>;
    fn text(&self) -> NotText<'a, T> {
        NotText(self.0)
    }
}

/// A value for a text attribute.
#[diagnostic::on_unimplemented(
    message = "this value is no text: `{Self}`",
    label = "expected text",
    note = "`provider` and `model` take anything that is a `str` (`&str`, `String`, `Cow<str>`, `Arc<str>`) or displays"
)]
pub trait Text<'a> {
    /// The text.
    fn into_text(self) -> Cow<'a, str>;
}

impl<'a> Text<'a> for Cow<'a, str> {
    fn into_text(self) -> Cow<'a, str> {
        self
    }
}

/// The text of a value that was probed.
pub fn text<'a>(text: impl Text<'a>) -> Cow<'a, str> {
    text.into_text()
}

/// Unsigned integers are recorded as signed ones where they fit: `tracing-opentelemetry` exports `u64` as text.
pub trait ViaSigned {
    /// The value to record.
    fn value(&self) -> Number;
}

/// An unsigned integer, signed where it fits.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// It fits.
    Signed(i64),
    /// It does not.
    Unsigned(u64),
}

impl Number {
    /// What is recorded.
    pub fn as_value(&self) -> &dyn Value {
        match self {
            Self::Signed(number) => number,
            Self::Unsigned(number) => number,
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
                self as u64
            }
        }
    )*};
}

unsigned!(u8, u16, u32, u64, usize);

impl<T: Unsigned> ViaSigned for &&Probe<'_, T> {
    fn value(&self) -> Number {
        let wide = self.0.widen();
        i64::try_from(wide).map_or(Number::Unsigned(wide), Number::Signed)
    }
}

/// Every other value that `tracing` can record is recorded as it is.
pub trait ViaValue<'a, T: ?Sized> {
    /// The value to record.
    fn value(&self) -> Plain<'a, T>;
}

impl<'a, T: Value + ?Sized> ViaValue<'a, T> for &Probe<'a, T> {
    fn value(&self) -> Plain<'a, T> {
        Plain(self.0)
    }
}

/// A value that `tracing` can record.
#[derive(Debug)]
pub struct Plain<'a, T: ?Sized>(&'a T);

impl<T: Value> Plain<'_, T> {
    /// What is recorded.
    pub fn as_value(&self) -> &dyn Value {
        self.0
    }
}

/// A value for an attribute that a contract types as `int`.
#[diagnostic::on_unimplemented(
    message = "this attribute is an `int`, `{Self}` is none",
    label = "expected an integer",
    note = "the contract says `int`; backends drop or misread other types"
)]
pub trait Int {
    /// The number; too large for an `i64`, it is absent.
    fn int(&self) -> Option<i64>;
}

/// A value for an attribute that a contract types as `double`.
#[diagnostic::on_unimplemented(
    message = "this attribute is a `double`, `{Self}` is none",
    label = "expected a number",
    note = "the contract says `double`; backends drop or misread other types"
)]
pub trait Double {
    /// The number.
    fn double(&self) -> Option<f64>;
}

macro_rules! numbers {
    ($($integer:ty),*) => {$(
        impl Int for $integer {
            fn int(&self) -> Option<i64> {
                i64::try_from(*self).ok()
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

macro_rules! doubles {
    ($($number:ty),*) => {$(
        impl Double for $number {
            fn double(&self) -> Option<f64> {
                Some(f64::from(*self))
            }
        }
    )*};
}

doubles!(f32, f64, u8, u16, u32, i8, i16, i32);

/// A value for an attribute that a contract types as `boolean`.
#[diagnostic::on_unimplemented(
    message = "this attribute is a `boolean`, `{Self}` is none",
    label = "expected `bool`",
    note = "the contract says `boolean`; backends drop or misread other types"
)]
pub trait Bool {
    /// The value.
    fn bool(&self) -> Option<bool>;
}

impl Bool for bool {
    fn bool(&self) -> Option<bool> {
        Some(*self)
    }
}

macro_rules! through {
    ($($trait:ident $method:ident $output:ty;)*) => {$(
        impl<T: $trait> $trait for Option<T> {
            fn $method(&self) -> Option<$output> {
                self.as_ref().and_then($trait::$method)
            }
        }

        impl<T: $trait + ?Sized> $trait for &T {
            fn $method(&self) -> Option<$output> {
                (**self).$method()
            }
        }
    )*};
}

through! { Int int i64; Double double f64; Bool bool bool; }

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

/// Takes `Result` off.
pub trait ViaResult<'a, T, E> {
    /// What is inside.
    fn split(&self) -> Split<'a, T, E>;
}

impl<'a, T, E> ViaResult<'a, T, E> for &Probe<'a, Result<T, E>> {
    fn split(&self) -> Split<'a, T, E> {
        match self.0 {
            Ok(response) => Split::Response(response),
            Err(error) => Split::Error(error),
        }
    }
}

/// Takes `Option` off.
pub trait ViaOption<'a, T> {
    /// What is inside.
    fn split(&self) -> Split<'a, T, Infallible>;
}

impl<'a, T> ViaOption<'a, T> for &Probe<'a, Option<T>> {
    fn split(&self) -> Split<'a, T, Infallible> {
        self.0.as_ref().map_or(Split::Nothing, Split::Response)
    }
}

/// A bare response.
pub trait ViaResponse<'a, T: ?Sized> {
    /// The response itself.
    fn split(&self) -> Split<'a, T, Infallible>;
}

impl<'a, T: ?Sized> ViaResponse<'a, T> for Probe<'a, T> {
    fn split(&self) -> Split<'a, T, Infallible> {
        Split::Response(self.0)
    }
}
