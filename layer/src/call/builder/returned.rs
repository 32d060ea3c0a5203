//! What a body without the attribute may return.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    convert::Infallible,
    rc::Rc,
    sync::Arc,
};

use crate::{call::probe::Split, usage::ReportUsage};

/// What a body may return: a response that [reports its usage](ReportUsage), a plain value, which has none, or nothing; bare or
/// in one layer of `Result` or `Option`.
///
/// A plain value is one of the standard library's: texts, numbers, `bool`, `char`, collections, arrays, tuples. Any of them is a
/// success. A value of another type goes in a layer, which may be one that can't fail:
///
/// ```
/// use std::convert::Infallible;
///
/// use llm_span::tool;
///
/// struct Forecast {
///     degrees: i32,
/// }
///
/// let Ok(forecast) = tool("get_forecast").in_scope_in_body(|| Ok::<_, Infallible>(Forecast { degrees: 21 }));
/// assert_eq!(forecast.degrees, 21);
/// ```
///
/// One layer only, other than of functions with the attribute: a trait can't tell whether there is a further one.
///
/// The trait is implemented here alone; a type joins by implementing [`ReportUsage`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report token usage",
    note = "implement `ReportUsage` for it, or use `run_with(future, |response| …)` on a `Result` or an `Option`",
    note = "a value that has no usage goes in a layer: `Ok::<_, std::convert::Infallible>(value)`"
)]
pub trait Returned: Parted<<Self as Returned>::Response, <Self as Returned>::Error> {
    /// What is there on success.
    type Response;
    /// What is there on failure.
    type Error;
}

/// Tells success and failure apart. Not exported: it seals [`Returned`], and puts no method on `Result` where that is imported.
#[doc(hidden)]
pub trait Parted<T, E> {
    /// Which of them it is.
    fn split(&self) -> Split<'_, T, E>;
}

impl<T: ReportUsage> Returned for T {
    type Response = T;
    type Error = Infallible;
}

impl<T: ReportUsage> Parted<T, Infallible> for T {
    fn split(&self) -> Split<'_, T, Infallible> {
        Split::Response(self)
    }
}

impl<T, E> Returned for Result<T, E> {
    type Response = T;
    type Error = E;
}

impl<T, E> Parted<T, E> for Result<T, E> {
    fn split(&self) -> Split<'_, T, E> {
        match self {
            Ok(response) => Split::Response(response),
            Err(error) => Split::Error(error),
        }
    }
}

impl<T> Returned for Option<T> {
    type Response = T;
    type Error = Infallible;
}

impl<T> Parted<T, Infallible> for Option<T> {
    fn split(&self) -> Split<'_, T, Infallible> {
        self.as_ref().map_or(Split::Nothing, Split::Response)
    }
}

impl Returned for () {
    type Response = ();
    type Error = Infallible;
}

impl Parted<(), Infallible> for () {
    fn split(&self) -> Split<'_, (), Infallible> {
        Split::Nothing
    }
}

/// A value that has no usage: there is nobody to say so of these types but this crate.
macro_rules! plain {
    ($([$($generic:tt)*] $type:ty;)*) => {$(
        impl<$($generic)*> Returned for $type {
            type Response = Self;
            type Error = Infallible;
        }

        impl<$($generic)*> Parted<Self, Infallible> for $type {
            fn split(&self) -> Split<'_, Self, Infallible> {
                Split::Response(self)
            }
        }
    )*};
}

plain! {
    [] bool;
    [] char;
    [] i8;
    [] i16;
    [] i32;
    [] i64;
    [] i128;
    [] isize;
    [] u8;
    [] u16;
    [] u32;
    [] u64;
    [] u128;
    [] usize;
    [] f32;
    [] f64;
    [] String;
    [] &str;
    [] Box<str>;
    [] Rc<str>;
    [] Arc<str>;
    [] Cow<'_, str>;
    [] std::path::PathBuf;
    [] std::time::Duration;
    [T] Vec<T>;
    [T] &[T];
    [T] Box<[T]>;
    [T] VecDeque<T>;
    [T, const N: usize] [T; N];
    [K, V] BTreeMap<K, V>;
    [K] BTreeSet<K>;
    [K, V, S] HashMap<K, V, S>;
    [K, S] HashSet<K, S>;
    [A] (A,);
    [A, B] (A, B);
    [A, B, C] (A, B, C);
    [A, B, C, D] (A, B, C, D);
    [A, B, C, D, E] (A, B, C, D, E);
    [A, B, C, D, E, F] (A, B, C, D, E, F);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it is a success that has a response.
    fn is_response<R: Returned>(returned: &R) -> bool {
        matches!(returned.split(), Split::Response(_))
    }

    #[test]
    fn a_plain_value_is_a_success() {
        assert!(is_response(&"sunny") && is_response(&String::new()) && is_response(&5) && is_response(&false));
        assert!(is_response(&vec![0_u8]) && is_response(&[1.5; 3]) && is_response(&("a", 1)) && is_response(&Some(0)));
        assert!(is_response(&HashMap::from([(1, 2)])) && is_response(&Ok::<_, Infallible>(std::num::NonZeroU8::MIN)));
    }

    #[test]
    fn an_error_and_nothing_are_no_response() {
        assert!(matches!(Err::<(), _>("no").split(), Split::Error(&"no")));
        assert!(matches!(None::<u8>.split(), Split::Nothing) && matches!(().split(), Split::Nothing));
    }
}
