//! The ids of one span, with their hexadecimal forms at hand.

/// Trace id, span id and trace flags, valid in the sense of [W3C Trace Context]: neither id is all zero.
///
/// Kept as text because it is written far more often than it is made or counted with.
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context/
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SpanIds {
    trace_id: [u8; 32],
    span_id: [u8; 16],
    flags: [u8; 2],
}

#[allow(dead_code, reason = "which forms are used depends on the features")]
impl SpanIds {
    /// `None` where an id is all zero, which stands for "no id" in W3C Trace Context.
    pub(crate) fn new(trace_id: u128, span_id: u64, flags: u8) -> Option<Self> {
        if trace_id == 0 || span_id == 0 {
            return None;
        }
        let mut ids = Self { trace_id: [0; 32], span_id: [0; 16], flags: [0; 2] };
        write_hex(&trace_id.to_be_bytes(), &mut ids.trace_id);
        write_hex(&span_id.to_be_bytes(), &mut ids.span_id);
        write_hex(&[flags], &mut ids.flags);
        Some(ids)
    }

    pub(crate) fn trace_id(&self) -> u128 {
        read_hex(&self.trace_id)
    }

    pub(crate) fn span_id(&self) -> u64 {
        u64::try_from(read_hex(&self.span_id)).unwrap_or_default()
    }

    pub(crate) fn flags(&self) -> u8 {
        u8::try_from(read_hex(&self.flags)).unwrap_or_default()
    }

    /// Whether the trace is sampled: so that a backend has it.
    pub(crate) fn is_sampled(&self) -> bool {
        self.flags() & 1 == 1
    }

    /// Lower-case hexadecimal digits, ASCII.
    pub(crate) fn trace_id_hex(&self) -> &[u8; 32] {
        &self.trace_id
    }

    /// Lower-case hexadecimal digits, ASCII.
    pub(crate) fn span_id_hex(&self) -> &[u8; 16] {
        &self.span_id
    }

    /// Lower-case hexadecimal digits, ASCII.
    pub(crate) fn flags_hex(&self) -> &[u8; 2] {
        &self.flags
    }
}

fn read_hex(digits: &[u8]) -> u128 {
    digits.iter().fold(0, |number, digit| {
        let value = if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 };
        (number << 4) | u128::from(value)
    })
}

fn write_hex(bytes: &[u8], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(out.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0xf)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_forms_are_lower_case_and_padded() {
        let ids = SpanIds::new(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0x00f0_67aa_0ba9_02b7, 1);
        let ids = ids.expect("valid");
        assert_eq!(ids.trace_id_hex(), b"0af7651916cd43dd8448eb211c80319c");
        assert_eq!(ids.span_id_hex(), b"00f067aa0ba902b7");
        assert_eq!(ids.flags_hex(), b"01");
        assert_eq!(ids.trace_id(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!(ids.span_id(), 0x00f0_67aa_0ba9_02b7);
        assert_eq!(ids.flags(), 1);
    }

    #[test]
    fn an_all_zero_id_is_no_id() {
        assert_eq!(SpanIds::new(0, 1, 1), None);
        assert_eq!(SpanIds::new(1, 0, 1), None);
    }
}
