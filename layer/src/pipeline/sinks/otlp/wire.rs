//! Protobuf's wire format, as far as spans need it.

/// What is written. As protobuf has it, fields of no value are left out, where a message does not say that they are there.
#[derive(Default)]
pub(super) struct Out(pub(super) Vec<u8>);

/// How a field's value stands there.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    Fixed32 = 5,
}

impl Out {
    fn key(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field << 3 | wire as u32));
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    /// A message of that length follows.
    pub(super) fn begin(&mut self, field: u32, length: usize) {
        self.key(field, Wire::Length);
        self.varint(length as u64);
    }

    /// The same of a length that takes one byte.
    pub(super) fn begin_short(&mut self, field: u32, length: u8) {
        self.key(field, Wire::Length);
        self.0.push(length);
    }

    /// Bytes, also where there are none.
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.begin(field, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn message(&mut self, field: u32, message: &[u8]) {
        self.bytes(field, message);
    }

    pub(super) fn text(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    pub(super) fn number(&mut self, field: u32, number: u64) {
        if number != 0 {
            self.varint_field(field, number);
        }
    }

    pub(super) fn fixed64(&mut self, field: u32, number: u64) {
        if number != 0 {
            self.fixed64_field(field, number);
        }
    }

    pub(super) fn fixed32(&mut self, field: u32, number: u32) {
        if number != 0 {
            self.key(field, Wire::Fixed32);
            self.0.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Also a zero.
    pub(super) fn varint_field(&mut self, field: u32, number: u64) {
        self.key(field, Wire::Varint);
        self.varint(number);
    }

    /// Also a zero.
    pub(super) fn fixed64_field(&mut self, field: u32, number: u64) {
        self.key(field, Wire::Fixed64);
        self.0.extend_from_slice(&number.to_le_bytes());
    }
}

/// How many bytes a number takes, seven bits each.
pub(super) fn of_varint(number: u64) -> usize {
    let bits = 64 - (number | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// How many bytes a text takes, with its length.
pub(super) fn of_text(text: &str) -> usize {
    of_varint(text.len() as u64) + text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_is_told() {
        for number in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            let mut out = Out::default();
            out.varint(number);
            assert_eq!(out.0.len(), of_varint(number), "{number}");
            assert_eq!(out.0.len(), prost::encoding::encoded_len_varint(number), "{number}");
        }
    }
}
