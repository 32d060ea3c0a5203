//! The text of a field's value, for where a span is named by it.

use std::fmt;

use tracing::field::{Field, Value, Visit};

/// The text, as the value displays; `None` where there is none.
pub(super) fn of(field: &Field, value: &dyn Value) -> Option<String> {
    struct Reader(Option<String>);

    impl Visit for Reader {
        fn record_str(&mut self, _: &Field, value: &str) {
            self.0 = Some(value.to_owned());
        }

        fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
            self.0 = Some(crate::guard::format(value));
        }
    }

    let mut reader = Reader(None);
    value.record(field, &mut reader);
    reader.0.filter(|text| !text.is_empty())
}
