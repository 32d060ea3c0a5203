//! `traceparent` of W3C Trace Context.
//!
//! Our own parser: the SDK's propagator sees the first of several lines only, takes ids that are too short or begin with `+`,
//! and takes an ending `-`. The text has a fixed form, so that a strict parser is shorter than a fence around a lax one.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use super::{
    lines::{ascii, trimmed},
    trace_state,
};
use crate::ids::SpanIds;

pub(super) const NAME: HeaderName = HeaderName::from_static("traceparent");

/// `00-` trace id `-` span id `-` flags.
const LENGTH: usize = 55;

/// The flags that are known: sampled, and Level 2's random trace id. Others are to be ignored.
const KNOWN_FLAGS: u8 = 0b11;

/// The span that has sent them, with its `tracestate`. `None` where there is none, or several, or what is malformed.
pub(super) fn of_headers(headers: &HeaderMap) -> Option<SpanContext> {
    let mut lines = headers.get_all(&NAME).into_iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    parse(line.as_bytes(), || trace_state::of_headers(headers))
}

fn parse(line: &[u8], state: impl FnOnce() -> TraceState) -> Option<SpanContext> {
    let text = ascii(trimmed(line))?;
    let (known, beyond) = text.split_at_checked(LENGTH)?;
    let mut parts = known.split('-');
    let version = hexadecimal(parts.next()?, 2)?;
    // Of later versions, what is known of this one is read; they may only add to it.
    let may_go_on = match version {
        "ff" => return None,
        "00" => beyond.is_empty(),
        _ => beyond.is_empty() || beyond.starts_with('-'),
    };
    let trace = hexadecimal(parts.next()?, 32)?;
    let span = hexadecimal(parts.next()?, 16)?;
    let flags = hexadecimal(parts.next()?, 2)?;
    if !may_go_on || parts.next().is_some() {
        return None;
    }
    let trace = TraceId::from_hex(trace).ok().filter(|id| *id != TraceId::INVALID)?;
    let span = SpanId::from_hex(span).ok().filter(|id| *id != SpanId::INVALID)?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & KNOWN_FLAGS);
    Some(SpanContext::new(trace, span, flags, true, state()))
}

/// That many digits, in lower case.
fn hexadecimal(text: &str, length: usize) -> Option<&str> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == length && text.bytes().all(is_digit)).then_some(text)
}

/// The header of that span.
pub(super) fn header(span: &SpanContext) -> Option<HeaderValue> {
    let ids = SpanIds::new(
        u128::from_be_bytes(span.trace_id().to_bytes()),
        u64::from_be_bytes(span.span_id().to_bytes()),
        span.trace_flags().to_u8() & KNOWN_FLAGS,
    )?;
    let mut text = [b'-'; LENGTH];
    text[..2].copy_from_slice(b"00");
    text[3..35].copy_from_slice(ids.trace_id_hex());
    text[36..52].copy_from_slice(ids.span_id_hex());
    text[53..].copy_from_slice(ids.flags_hex());
    HeaderValue::from_bytes(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

    fn flags(line: impl AsRef<[u8]>) -> Option<u8> {
        let span = parse(line.as_ref(), TraceState::default)?;
        assert_eq!(format!("{}-{}", span.trace_id(), span.span_id()), IDS);
        assert!(span.is_remote());
        Some(span.trace_flags().to_u8())
    }

    #[test]
    fn what_the_specification_allows_is_read() {
        let cases = [
            (format!("00-{IDS}-00"), 0),
            (format!("00-{IDS}-01"), 1),
            (format!(" \t00-{IDS}-01 "), 1),
            (format!("00-{IDS}-02"), 2),
            (format!("00-{IDS}-ff"), 3),
            (format!("00-{IDS}-08"), 0),
            (format!("01-{IDS}-01"), 1),
            (format!("cc-{IDS}-01"), 1),
            (format!("cc-{IDS}-01-"), 1),
            (format!("cc-{IDS}-01-what-the-future-will-be-like"), 1),
            (format!("fe-{IDS}-09-x"), 1),
        ];
        for (line, expected) in cases {
            assert_eq!(flags(&line), Some(expected), "{line}");
        }
    }

    #[test]
    fn what_it_does_not_allow_is_none() {
        let (trace, span) = IDS.split_once('-').expect("two");
        let cases = [
            String::new(),
            "00".to_owned(),
            IDS.to_owned(),
            format!("00-{IDS}"),
            format!("00-{IDS}-"),
            format!("00-{IDS}-1"),
            format!("00-{IDS}-01-"),
            format!("00-{IDS}-01-extra"),
            format!("00-{IDS}-011"),
            format!("cc-{IDS}-01.what"),
            format!("cc-{IDS}-0"),
            format!("ff-{IDS}-01"),
            format!("FE-{IDS}-01"),
            format!("0-{IDS}-01-"),
            format!("000-{IDS}-01"),
            format!("00-{IDS}-0A"),
            format!("00-{IDS}-+1"),
            format!("00-{IDS}-0x"),
            format!("+0-{IDS}-01"),
            format!("00-+{}-{span}-01", &trace[1..]),
            format!("00-{}-+{}-01", trace, &span[1..]),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{trace}-{}-01", span.to_uppercase()),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{span}0-01", &trace[1..]),
            format!("00-{trace}0-{}-01", &span[1..]),
            format!("00_{trace}_{span}_01"),
            format!("00-{IDS}-01,00-{IDS}-01"),
            format!("00-{} -{span}-01", &trace[1..]),
        ];
        for line in cases {
            assert_eq!(flags(&line), None, "{line}");
        }
        assert_eq!(flags(b"00-4bf92f3577b34da6a3ce929d0e0e473\xff-00f067aa0ba902b7-01"), None);
    }

    #[test]
    fn several_lines_are_none() {
        let mut headers = HeaderMap::new();
        let line = HeaderValue::try_from(format!("00-{IDS}-01")).expect("a header");
        headers.append(NAME, line.clone());
        assert!(of_headers(&headers).is_some());
        headers.append(NAME, line);
        assert_eq!(of_headers(&headers), None);
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for flags in ["00", "01", "02", "03"] {
            let line = format!("00-{IDS}-{flags}");
            let span = parse(line.as_bytes(), TraceState::default).expect("a span");
            assert_eq!(header(&span).expect("a header"), line.as_str());
        }
    }
}
