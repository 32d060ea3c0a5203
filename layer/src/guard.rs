//! Runs code of the user's where a panic of it must not pass: in a hook of a layer, at the end of a call.

use std::{
    any::Any,
    fmt::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What stands for a value whose `Debug` has panicked.
const PANICKED: &str = "<panicked>";

/// What `code` gives; `None` where it has panicked.
#[inline]
pub(crate) fn run<T>(code: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(code)).map_err(forget).ok()
}

/// What a panic carried may itself panic when it is dropped.
#[cold]
fn forget(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

/// The text of a value.
pub(crate) fn format(value: &dyn fmt::Debug) -> String {
    let written = run(|| {
        let mut text = String::new();
        write!(text, "{value:?}").ok().map(|()| text)
    });
    written.flatten().unwrap_or_else(|| PANICKED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics whenever it is dropped outside of a panic.
    struct Evil;

    impl Drop for Evil {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "the payload is dropped");
        }
    }

    struct Panics;

    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::panic_any(Evil)
        }
    }

    #[test]
    fn a_payload_that_panics_when_it_is_dropped_stays_inside() {
        assert_eq!(run(|| std::panic::panic_any(Evil)), None::<()>);
        assert_eq!(format(&Panics), PANICKED);
        assert_eq!(format(&"x"), "\"x\"");
    }
}
