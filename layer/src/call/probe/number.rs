//! Values of attributes that a contract types as a number or a boolean.

/// A value for an attribute that a contract types as `int`.
#[diagnostic::on_unimplemented(
    message = "this attribute is of type int, `{Self}` is not",
    label = "expected an integer",
    note = "the contract says int: backends drop or misread other types"
)]
pub trait Int {
    /// The number; too large for an `i64`, it is absent.
    fn int(&self) -> Option<i64>;
}

/// A value for an attribute that a contract types as `double`.
#[diagnostic::on_unimplemented(
    message = "this attribute is of type double, `{Self}` is not",
    label = "expected a number",
    note = "the contract says double: backends drop or misread other types"
)]
pub trait Double {
    /// The number.
    fn double(&self) -> Option<f64>;
}

/// A value for an attribute that a contract types as `boolean`.
#[diagnostic::on_unimplemented(
    message = "this attribute is of type boolean, `{Self}` is not",
    label = "expected `bool`",
    note = "the contract says boolean: backends drop or misread other types"
)]
pub trait Bool {
    /// The value.
    fn bool(&self) -> Option<bool>;
}

macro_rules! ints {
    ($($integer:ty),*) => {$(
        impl Int for $integer {
            fn int(&self) -> Option<i64> {
                i64::try_from(*self).ok()
            }
        }
    )*};
}

ints!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

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

/// The value of an `int` attribute.
pub fn int<T: Int + ?Sized>(value: &T) -> Option<i64> {
    value.int()
}

/// The value of a `double` attribute.
pub fn double<T: Double + ?Sized>(value: &T) -> Option<f64> {
    value.double()
}

/// The value of a `boolean` attribute.
pub fn bool<T: Bool + ?Sized>(value: &T) -> Option<bool> {
    value.bool()
}
