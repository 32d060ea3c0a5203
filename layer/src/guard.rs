//! Formats values whose `Debug` is the user's: it may panic, and a hook of a layer never does.

use std::{
    fmt::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What stands for a value whose `Debug` has panicked.
const PANICKED: &str = "<panicked>";

/// The text of a value.
pub(crate) fn format(value: &dyn fmt::Debug) -> String {
    catch_unwind(AssertUnwindSafe(|| {
        let mut text = String::new();
        match write!(text, "{value:?}") {
            Ok(()) => text,
            Err(_) => PANICKED.to_owned(),
        }
    }))
    .unwrap_or_else(|_| PANICKED.to_owned())
}
