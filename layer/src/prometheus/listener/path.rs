//! Paths, as clients send them.

/// Whether a request may ask for it: what is no letter, digit or one of a few signs is sent as `%` and two hexadecimal digits.
pub(super) fn is_one(path: &str) -> bool {
    let mut rest = path.as_bytes();
    if rest.first() != Some(&b'/') {
        return false;
    }
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => after,
            (of, after) if of.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(of) => after,
            _ => return false,
        };
    }
    true
}
