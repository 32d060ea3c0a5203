//! `tracestate` of W3C Trace Context.
//!
//! Our own parser: that of OpenTelemetry takes values with several `=` for others, reads 32 members of however many, takes
//! values that the grammar forbids and keys twice.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TraceState;

use super::lines::{ascii, members};

pub(super) const NAME: HeaderName = HeaderName::from_static("tracestate");

const MAX_MEMBERS: usize = 32;

/// The specification has 512 bytes propagated at least, and names no limit. Servers commonly refuse more than this.
const MAX_LENGTH: usize = 8192;

/// What they say; nothing where it is malformed, since parts of it may mislead.
pub(super) fn of_headers(headers: &HeaderMap) -> TraceState {
    parse(members(headers, &NAME)).unwrap_or_default()
}

fn parse<'a>(members: impl Iterator<Item = (&'a [u8], usize)>) -> Option<TraceState> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (member, end) in members {
        let (key, value) = ascii(member)?.split_once('=')?;
        let is_twice = pairs.iter().any(|(other, _)| *other == key);
        if end > MAX_LENGTH || pairs.len() == MAX_MEMBERS || is_twice || !is_key(key) || !is_value(value) {
            return None;
        }
        pairs.push((key, value));
    }
    // OpenTelemetry has no room for a system's name of 14 characters, which the specification allows: such members are left out.
    let fits = |pair: &(&str, &str)| TraceState::from_key_value([*pair]).is_ok();
    TraceState::from_key_value(pairs.iter().copied()).or_else(|_| TraceState::from_key_value(pairs.into_iter().filter(fits))).ok()
}

/// `key`, or `tenant@system`. Level 2 has keys begin with a digit, too.
fn is_key(key: &str) -> bool {
    let is_of = |text: &str, length: usize| {
        let begins = |first: u8| first.is_ascii_lowercase() || first.is_ascii_digit();
        let goes_on = |byte: u8| begins(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/');
        text.len() <= length && text.bytes().next().is_some_and(begins) && text.bytes().all(goes_on)
    };
    match key.split_once('@') {
        None => is_of(key, 256),
        Some((tenant, system)) => {
            is_of(tenant, 241) && is_of(system, 14) && system.starts_with(|first: char| first.is_ascii_lowercase())
        }
    }
}

/// 1 to 256 printable characters, of which the last is no space.
fn is_value(value: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    (1..=256).contains(&value.len()) && !value.ends_with(' ') && value.bytes().all(is_allowed)
}

/// The header of that state; `None` where it is empty.
pub(super) fn header(state: &TraceState) -> Option<HeaderValue> {
    HeaderValue::try_from(state.header()).ok().filter(|header| !header.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(NAME, HeaderValue::from_bytes(line).expect("a header"));
        }
        of_headers(&headers).header()
    }

    #[test]
    fn what_the_specification_allows_is_read() {
        let full = (0..32).map(|number| format!("k{number}={number}")).collect::<Vec<_>>().join(",");
        let keys = format!("{}=1,{}@{}=1,1a-_*/=1,0@v=1", "z".repeat(256), "t".repeat(241), "v".repeat(13));
        let value: String = (' '..='~').filter(|letter| *letter != ',' && *letter != '=').collect();
        let value = format!("a={value},b={}", "v".repeat(256));
        for line in ["foo=1", "foo=1,bar=2", "foo= 1", &full, &keys, &value] {
            assert_eq!(read(&[line.as_bytes()]), line);
        }
        assert_eq!(read(&[b"foo=1 \t,\t bar=2,,", b"", b"baz=3"]), "foo=1,bar=2,baz=3");
        assert_eq!(read(&[b"foo=1", b"bar=2"]), "foo=1,bar=2");
        assert_eq!(read(&[b"foo=1,t@vvvvvvvvvvvvvv=1,bar=2"]), "foo=1,bar=2", "which OpenTelemetry cannot hold");
    }

    #[test]
    fn of_what_it_does_not_allow_nothing_is_read() {
        let over = (0..33).map(|number| format!("k{number}={number}")).collect::<Vec<_>>().join(",");
        let long = (0..31).map(|number| format!("k{number}={}", "v".repeat(256))).collect::<Vec<_>>();
        let (z257, t242, v15, v257) = ("z".repeat(257), "t".repeat(242), "v".repeat(15), "v".repeat(257));
        let bad = [
            "foo",
            "=1",
            "foo=",
            "foo=,bar=3",
            "foo=bar=baz",
            "foo =1",
            "FOO=1",
            "foo.bar=1",
            "foo@=1",
            "@foo=1",
            "a@@b=1",
            "foo@bar@baz=1",
            "foo@1=1",
            "_a=1",
            "foo=1,foo=1",
            "foo=1,foo=2",
            "foo=\t1\t2",
            &over,
            &format!("{z257}=1"),
            &format!("{t242}@v=1"),
            &format!("t@{v15}=1"),
            &format!("foo={v257}"),
        ];
        for line in bad {
            assert_eq!(read(&[b"ok=1", line.as_bytes()]), "", "{line}");
        }
        assert_eq!(read(&[b"ok=1", "foo=ä".as_bytes()]), "");
        assert_eq!(read(&[b"ok=1", b"foo=\xff"]), "");
        let padded = " ".repeat(8_200) + "foo=1";
        assert_eq!(read(&[padded.as_bytes()]), "");
        assert_eq!(read(&[long.join(",").as_bytes()]), long.join(","), "31 of 260 bytes are within the limit");
    }
}
