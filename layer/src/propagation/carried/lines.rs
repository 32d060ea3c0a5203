//! Headers that may stand on several lines.

use http::{HeaderMap, HeaderName};

/// The members of a list of several lines, with the place where each ends were they one line. Without the white space around
/// them; empty ones are left out.
pub(super) fn members<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = (&'a [u8], usize)> + use<'a> {
    let lines = headers.get_all(name).into_iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let mut end = 0;
    let placed = lines.map(move |member| {
        end += member.len() + 1;
        (trimmed(member), end - 1)
    });
    placed.filter(|(member, _)| !member.is_empty())
}

/// Without the white space of HTTP around it: spaces and tabs.
pub(super) fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// As text, where there is nothing but ASCII.
pub(super) fn ascii(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text).ok().filter(|text| text.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_in_order() {
        let mut headers = HeaderMap::new();
        for line in ["a=1 ,\t, b=2", "", " c=3"] {
            headers.append("list", line.parse().expect("a header"));
        }
        let found: Vec<_> = members(&headers, &HeaderName::from_static("list")).collect();
        assert_eq!(found, [(&b"a=1"[..], 4), (b"b=2", 11), (b"c=3", "a=1 ,\t, b=2,, c=3".len())]);
    }
}
