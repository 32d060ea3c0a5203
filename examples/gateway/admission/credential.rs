//! What a client shows: `Authorization: Bearer …`.

use axum::http::{HeaderMap, header::AUTHORIZATION};

/// What a request shows of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    /// No such header.
    Nothing,
    /// A key, right or wrong.
    Key(&'a [u8]),
    /// A header that is none of this form, or several.
    Malformed,
}

impl<'a> Shown<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut all = headers.get_all(AUTHORIZATION).iter();
        let Some(header) = all.next() else { return Self::Nothing };
        // With two it is not known which one was meant, nor which one a proxy has read.
        if all.next().is_some() {
            return Self::Malformed;
        }
        let Some((scheme, rest)) = header.as_bytes().split_at_checked("Bearer".len()) else { return Self::Malformed };
        let key = rest.trim_ascii();
        let is_apart = rest.first().is_some_and(u8::is_ascii_whitespace);
        if scheme.eq_ignore_ascii_case(b"Bearer") && is_apart && !key.is_empty() { Self::Key(key) } else { Self::Malformed }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_key_is_read_whatever_the_case_of_the_scheme() {
        for value in ["Bearer k-1", "bearer k-1", "BEARER   k-1 "] {
            assert!(Shown::of(&headers(&[value])) == Shown::Key(b"k-1"), "{value}");
        }
        assert!(Shown::of(&headers(&[])) == Shown::Nothing);
    }

    #[test]
    fn what_has_another_form_is_malformed() {
        for value in ["", "Bearer", "Bearer ", "Bearerk-1", "Basic dTpw", "k-1"] {
            assert!(Shown::of(&headers(&[value])) == Shown::Malformed, "{value}");
        }
        assert!(Shown::of(&headers(&["Bearer k-1", "Bearer k-1"])) == Shown::Malformed);
    }
}
