//! Values of attributes that a contract types as a list of texts: the text of a JSON array, as `tracing` has no lists.

use crate::json_text;

/// A value for an attribute that a contract types as `string[]`.
#[diagnostic::on_unimplemented(
    message = "this attribute is a list of texts, `{Self}` is not",
    label = "expected a list of texts",
    note = "write an array, a slice or a `Vec` of texts, or an `Option` of one"
)]
pub trait List {
    /// The text of a JSON array; `None` where there is nothing to list.
    fn list(&self) -> Option<String>;
}

impl<T: AsRef<str>> List for [T] {
    fn list(&self) -> Option<String> {
        json_text::list(self)
    }
}

impl<T: AsRef<str>, const N: usize> List for [T; N] {
    fn list(&self) -> Option<String> {
        self.as_slice().list()
    }
}

impl<T: AsRef<str>> List for Vec<T> {
    fn list(&self) -> Option<String> {
        self.as_slice().list()
    }
}

impl<T: List> List for Option<T> {
    fn list(&self) -> Option<String> {
        self.as_ref().and_then(List::list)
    }
}

impl<T: List + ?Sized> List for &T {
    fn list(&self) -> Option<String> {
        (**self).list()
    }
}

/// The value of a `string[]` attribute.
pub fn list<T: List + ?Sized>(value: &T) -> Option<String> {
    value.list()
}
