//! Visitors that take each value as what writes its JSON.

/// Implements `Visit` by two functions of the type's own, whatever the value's type: `field(&mut self, &Field, impl FnOnce(&mut Vec<u8>))`
/// and, for values that are JSON strings, `text(&mut self, &Field, impl FnOnce(Values, &mut Vec<u8>))`, which is to write
/// the quote that opens the string.
macro_rules! visit_by_field {
    ($visitor:ty) => {
        impl tracing::field::Visit for $visitor {
            fn record_f64(&mut self, field: &tracing::field::Field, value: f64) {
                self.field(field, |out| super::value::float(value, out));
            }

            fn record_i64(&mut self, field: &tracing::field::Field, value: i64) {
                self.field(field, |out| super::value::signed(value, out));
            }

            fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
                self.field(field, |out| super::value::unsigned(value, out));
            }

            fn record_i128(&mut self, field: &tracing::field::Field, value: i128) {
                self.field(field, |out| super::value::signed_wide(value, out));
            }

            fn record_u128(&mut self, field: &tracing::field::Field, value: u128) {
                self.field(field, |out| super::value::unsigned_wide(value, out));
            }

            fn record_bool(&mut self, field: &tracing::field::Field, value: bool) {
                self.field(field, |out| super::value::boolean(value, out));
            }

            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                self.text(field, |values, out| values.str(value, out));
            }

            fn record_bytes(&mut self, field: &tracing::field::Field, value: &[u8]) {
                self.text(field, |values, out| values.bytes(value, out));
            }

            fn record_error(&mut self, field: &tracing::field::Field, value: &(dyn std::error::Error + 'static)) {
                self.text(field, |values, out| values.error(value, out));
            }

            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.text(field, |values, out| values.debug(value, out));
            }
        }
    };
}

pub(super) use visit_by_field;
