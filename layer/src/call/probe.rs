//! Reads values of any suitable type, the cheapest way each type allows.
//!
//! A [`Probe`] is levels of references, each of which dereferences to the next. A method call takes the first level whose
//! inherent method fits the value's type: an order of preference without specialization, and without a trait in scope.
//!
//! A method of a trait that the user has in scope for all types would come first, as the outermost level has it already. So what the
//! attribute calls is named as nobody names theirs.

#![expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "a method has the same form on every level")]

mod arrival;
mod field;
mod list;
mod number;
mod split;
mod text;
mod word;

pub use list::list;
pub use number::{bool, double, int};
pub(super) use split::Opened;
pub use split::{Slot, Split, slot};

use std::ops::Deref;

macro_rules! levels {
    ($($level:ident($next:ident)),*; $last:ident) => {
        $(
            #[doc = concat!("Asked before `", stringify!($next), "`.")]
            #[derive(Debug)]
            pub struct $level<'a, T: ?Sized>($next<'a, T>);

            impl<'a, T: ?Sized> $level<'a, T> {
                #[inline]
                fn new(value: &'a T) -> Self {
                    Self($next::new(value))
                }

                #[inline]
                pub(super) fn get(&self) -> &'a T {
                    self.0.get()
                }
            }

            impl<'a, T: ?Sized> Deref for $level<'a, T> {
                type Target = $next<'a, T>;

                #[inline]
                fn deref(&self) -> &Self::Target {
                    &self.0
                }
            }
        )*

        /// Asked last.
        #[derive(Debug)]
        pub struct $last<'a, T: ?Sized>(&'a T);

        impl<'a, T: ?Sized> $last<'a, T> {
            #[inline]
            fn new(value: &'a T) -> Self {
                Self(value)
            }

            #[inline]
            pub(super) fn get(&self) -> &'a T {
                self.0
            }
        }
    };
}

levels! { Probe(Second), Second(Third), Third(Fourth), Fourth(Fifth), Fifth(Sixth), Sixth(Last); Last }

/// A value to be read.
#[inline]
pub fn probe<T: ?Sized>(value: &T) -> Probe<'_, T> {
    Probe::new(value)
}
