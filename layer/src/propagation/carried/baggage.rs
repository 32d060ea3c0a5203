//! `baggage` of W3C Baggage.
//!
//! Our own reader and writer: the SDK's propagator sees the first of several lines only, drops all where the limit is passed, cuts
//! values at a second `=`, decodes keys and properties (and writes the latter undecoded), and logs what others send.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    StringValue,
    baggage::{Baggage, BaggageMetadata},
};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::{
    ids::is_id,
    lines::{ascii, members},
};

pub(super) const NAME: HeaderName = HeaderName::from_static("baggage");

const MAX_MEMBERS: usize = 64;
const MAX_LENGTH: usize = 8192;

/// What a value may not have: `baggage-octet` is the rest.
const NO_OCTET: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\');
const TO_ENCODE: &AsciiSet = &NO_OCTET.add(b'%');

/// What they say. Members that are malformed or beyond the limits are left out; of those with one key the last one counts.
pub(super) fn of_headers(headers: &HeaderMap) -> Baggage {
    let within = members(headers, &NAME).take_while(|(_, end)| *end <= MAX_LENGTH);
    let mut baggage = Baggage::new();
    for (key, value, properties) in within.filter_map(|(member, _)| parse(member)).take(MAX_MEMBERS) {
        baggage.insert_with_metadata(key, value, properties);
    }
    baggage
}

/// `key = value ; property ; key = value`, with white space wherever it may be. Properties stay as they are written.
fn parse(member: &[u8]) -> Option<(String, StringValue, BaggageMetadata)> {
    let mut parts = ascii(member)?.split(';');
    let (key, Some(value)) = pair(parts.next()?)? else { return None };
    let mut properties = Vec::new();
    for part in parts.filter(|part| !part.trim_matches(WHITE).is_empty()) {
        properties.push(match pair(part)? {
            (key, Some(value)) => format!("{key}={value}"),
            (key, None) => key.to_owned(),
        });
    }
    // Octets that are no UTF-8 become U+FFFD, as the specification has it.
    let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
    Some((key.to_owned(), value.into(), properties.join(";").into()))
}

const WHITE: [char; 2] = [' ', '\t'];

/// `key = value`, or a key alone; a value may have `=` in it. `None` where one has what it may not have.
fn pair(text: &str) -> Option<(&str, Option<&str>)> {
    let (key, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value.trim_matches(WHITE))));
    let key = key.trim_matches(WHITE);
    let is_octet = |byte: u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b',' | b';' | b'\\');
    (is_token(key) && value.is_none_or(|value| value.bytes().all(is_octet))).then_some((key, value))
}

/// Of HTTP.
fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// The header of that baggage, sorted, the ids of a correlation first; `None` where it is empty. Members that do not fit in the
/// limits are left out.
pub(super) fn header(baggage: &Baggage) -> Option<HeaderValue> {
    let mut sorted: Vec<_> = baggage.iter().filter(|(key, _)| is_token(key.as_str())).collect();
    sorted.sort_unstable_by_key(|(key, _)| (!is_id(key.as_str()), key.as_str()));
    let mut header = String::new();
    for (key, (value, properties)) in sorted.into_iter().take(MAX_MEMBERS) {
        let member = member(key.as_str(), value.as_str(), properties.as_str());
        let comma = if header.is_empty() { "" } else { "," };
        if header.len() + comma.len() + member.len() <= MAX_LENGTH {
            header.push_str(comma);
            header.push_str(&member);
        }
    }
    HeaderValue::try_from(header).ok().filter(|header| !header.is_empty())
}

/// Properties are written as they were read; those that the program has set may need it to be encoded, but for `%`.
fn member(key: &str, value: &str, properties: &str) -> String {
    let mut member = format!("{key}={}", utf8_percent_encode(value, TO_ENCODE));
    for property in properties.split(';') {
        let (key, value) = property.split_once('=').map_or((property, None), |(key, value)| (key, Some(value)));
        let key = key.trim();
        if is_token(key) {
            member.push(';');
            member.push_str(key);
            if let Some(value) = value {
                member.push('=');
                member.extend(utf8_percent_encode(value.trim(), NO_OCTET));
            }
        }
    }
    member
}

/// A copy, for another context.
pub(super) fn copy(baggage: &Baggage) -> Baggage {
    baggage.iter().map(|(key, (value, properties))| (key.clone(), (value.clone(), properties.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&[u8]]) -> Baggage {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(NAME, HeaderValue::from_bytes(line).expect("a header"));
        }
        of_headers(&headers)
    }

    /// Sorted: `key=value;properties`, decoded.
    fn texts(lines: &[&[u8]]) -> Vec<String> {
        let text = |(key, (value, properties)): (&opentelemetry::Key, &(StringValue, BaggageMetadata))| {
            format!("{key}={value};{properties}").trim_end_matches(';').to_owned()
        };
        let mut texts: Vec<_> = read(lines).iter().map(text).collect();
        texts.sort();
        texts
    }

    #[test]
    fn members_are_read_as_the_specification_has_it() {
        let cases: [(&[&[u8]], &[&str]); 12] = [
            (&[b"a=1,b=2"], &["a=1", "b=2"]),
            (&[b"a=1", b"b=2,c=3"], &["a=1", "b=2", "c=3"]),
            (&[b" a\t= 1 ; p = q ;r , b =2\t"], &["a=1;p=q;r", "b=2"]),
            (&[b"a=b=c=,d==="], &["a=b=c=", "d==="]),
            (&[b"a="], &["a="]),
            (&[b"a=%C3%A4%20%2C%3B%25"], &["a=\u{e4} ,;%"]),
            (&[b"a=%FFx"], &["a=\u{fffd}x"]),
            (&[b"a=100%,b=%4,c=%zz"], &["a=100%", "b=%4", "c=%zz"]),
            (&[b"a%20b=1"], &["a%20b=1"]),
            (&[b"a=1;p=%20;;q;"], &["a=1;p=%20;q"]),
            (&[b"a=1,a=2"], &["a=2"]),
            (&[b"", b" , ,"], &[]),
        ];
        for (lines, expected) in cases {
            assert_eq!(texts(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn malformed_members_are_skipped_one_by_one() {
        let bad: [&[u8]; 12] = [
            b"a",
            b"=1",
            b"a b=1",
            b"a=1 2",
            b"a=\"1\"",
            b"a=\\",
            b"a(b)=1",
            b"a=1;p q",
            b"a=1;=",
            b"a=1;p=\"q\"",
            "a=\u{e4}".as_bytes(),
            b"\xff=1",
        ];
        for bad in bad {
            let line = [&b"before=1,"[..], bad, b",after=2"].concat();
            assert_eq!(texts(&[&line]), ["after=2", "before=1"], "{bad:?}");
        }
    }

    #[test]
    fn what_is_beyond_the_limits_is_left_out() {
        let many: Vec<_> = (0..70).map(|number| format!("k{number:02}=1")).collect();
        let read = texts(&[many.join(",").as_bytes()]);
        assert_eq!(read, many[..64]);
        let first = format!("a={}", "x".repeat(8_188));
        assert_eq!(texts(&[first.as_bytes(), b"b=1"]), [first.as_str()]);
        assert_eq!(texts(&[b"a=1", format!("b={}", "x".repeat(8_192)).as_bytes(), b"c=1"]), ["a=1"]);
    }

    #[test]
    fn what_is_written_is_within_the_limits_and_reads_the_same() {
        let mut baggage = Baggage::new();
        baggage.insert("user.id", "u \u{e4},;=%\"\\\n");
        baggage.insert_with_metadata("a", "1", "p = q r; s ;bad key=1;t=%41");
        let header = header(&baggage).expect("a header");
        assert_eq!(header, "user.id=u%20%C3%A4%2C%3B=%25%22%5C%0A,a=1;p=q%20r;s;t=%41");
        let again = read(&[header.as_bytes()]);
        assert_eq!(again.get("user.id"), baggage.get("user.id"));
    }

    #[test]
    fn members_that_do_not_fit_when_encoded_are_left_out() {
        let mut baggage = Baggage::new();
        baggage.insert("a", " ".repeat(3_000));
        baggage.insert("b", "1");
        baggage.insert("session.id", "s");
        assert_eq!(header(&baggage).expect("a header"), "session.id=s,b=1");
        assert_eq!(header(&Baggage::new()), None);
    }
}
