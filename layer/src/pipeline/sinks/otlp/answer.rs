//! What a Collector makes of a request, and what follows from it.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// It has taken the request, perhaps not all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    /// So many items it did not take, for good.
    pub(super) rejected: u64,
    /// What it says about it, or a warning.
    pub(super) message: String,
}

/// It has not taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may take it later, no earlier than it asks for.
    Later { why: Why, asked: Option<Duration> },
    /// It has not answered in time. A connection that may be dead is given up.
    Silent,
    /// It may take it in parts.
    TooLarge { why: Why },
    /// It never will.
    Never { why: Why },
}

/// Why something is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Why {
    /// In our words.
    pub(super) what: String,
    /// In those of a server or a library, which may repeat what must not be shown.
    pub(super) said: String,
    /// What to do about it.
    pub(super) advice: &'static str,
}

impl Why {
    pub(super) fn new(what: impl Into<String>, said: impl Into<String>) -> Self {
        Self { what: what.into(), said: said.into(), advice: "" }
    }
}

impl From<&str> for Why {
    fn from(what: &str) -> Self {
        Self::new(what, "")
    }
}

/// The answers to the three signals have one form: field 1 has how many were rejected, and why.
pub(super) type Response = ExportTraceServiceResponse;

impl From<Response> for Accepted {
    fn from(response: Response) -> Self {
        response.partial_success.map_or_else(Self::default, |partial| Self {
            rejected: u64::try_from(partial.rejected_spans).unwrap_or_default(),
            message: partial.error_message,
        })
    }
}

/// An answer that is a success. Of one in JSON, nothing is known but that the request was taken. What is no answer of OTLP at all comes from
/// something else that listens there, a page for people for example: it has thrown the request away.
pub(super) fn read_response(content_type: Option<&str>, body: &[u8]) -> Result<Accepted, Refusal> {
    let response = Response::decode(body);
    let kind = content_type.map(str::to_ascii_lowercase).unwrap_or_default();
    let is_known = ["protobuf", "json", "grpc"].iter().any(|known| kind.contains(known));
    let is_binary = kind.is_empty() || kind.contains("octet-stream");
    if body.is_empty() || is_known || (is_binary && (response.is_ok() || body.starts_with(b"{"))) {
        return Ok(response.map(Accepted::from).unwrap_or_default());
    }
    let kind = if kind.is_empty() { "something without a type" } else { kind.split(';').next().unwrap_or_default().trim() };
    let advice = "; is this an OTLP endpoint? What it does not understand is lost";
    Err(Refusal::Never { why: Why { what: "answered by".to_owned(), said: kind.to_owned(), advice } })
}

/// An HTTP status that is no success. The specification names those that are tried again; `Retry-After` comes with two of them.
pub(super) fn of_http_status(status: u16, retry_after: Option<&str>, message: &str) -> Refusal {
    let mut why = Why::new(format!("HTTP status {status}"), message);
    match status {
        429 | 503 => Refusal::Later { why, asked: retry_after.and_then(read_retry_after) },
        502 | 504 => Refusal::Later { why, asked: None },
        413 => Refusal::TooLarge { why },
        301..=308 => {
            why.advice = "; redirects are not followed, set the endpoint that it leads to";
            Refusal::Never { why }
        }
        _ => Refusal::Never { why },
    }
}

/// What an answer in an error says: a `google.rpc.Status`, whose second field is a text, or a text.
pub(super) fn read_error(body: &[u8], is_protobuf: bool) -> String {
    #[derive(Clone, PartialEq, prost::Message)]
    struct RpcStatus {
        #[prost(string, tag = "2")]
        message: String,
    }
    let status = is_protobuf.then(|| RpcStatus::decode(body).ok()).flatten();
    status.map_or_else(|| String::from_utf8_lossy(body).trim().to_owned(), |status| status.message)
}

/// Seconds, or a date.
fn read_retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = std::time::SystemTime::from(jiff::fmt::rfc2822::parse(value).ok()?.timestamp());
    Some(at.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

/// A gRPC status, by the table of the specification. One that has a source was made here: the connection has failed.
pub(super) fn of_grpc_status(status: &Status) -> Refusal {
    if let Some(source) = std::error::Error::source(status) {
        return of_failure(source);
    }
    let code = status.code();
    let why = Why::new(format!("gRPC status {code:?}"), status.message());
    let asked = status.get_details_retry_info().and_then(|info| info.retry_delay);
    match code {
        Code::OutOfRange if is_about_size(status.message()) => Refusal::TooLarge { why },
        Code::Cancelled | Code::DeadlineExceeded | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => {
            Refusal::Later { why, asked }
        }
        Code::ResourceExhausted if asked.is_some() => Refusal::Later { why, asked },
        // Without a hint when it is to be tried again, the request is too large.
        Code::ResourceExhausted => Refusal::TooLarge { why },
        _ => Refusal::Never { why },
    }
}

/// As servers say it that answer so to messages longer than they take.
fn is_about_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["too large", "too big", "larger than", "exceeds"].iter().any(|words| message.contains(words))
}

/// There was no answer: the connection was not made, or has failed.
pub(super) fn of_failure(error: &(dyn std::error::Error + 'static)) -> Refusal {
    let said = of_connection(error);
    let advice = advice(&said);
    Refusal::Later { why: Why { what: String::new(), said, advice }, asked: None }
}

/// What errors mean that name a symptom of TLS.
fn advice(said: &str) -> &'static str {
    let means = [
        (
            "InvalidContentType",
            "; the server seems to speak plaintext: write `http://`, or `insecure: true` where there is no scheme",
        ),
        ("frame with invalid size", "; the server seems to speak TLS: write `https://`"),
        ("invalid HTTP version parsed", "; the server seems to speak TLS: write `https://`"),
        (
            "CaUsedAsEndEntity",
            "; the server shows the certificate of an authority as its own: give it one that the authority has issued",
        ),
        ("BadSignature", "; set `certificate` to the PEM file of the authority that has issued the server's"),
        ("UnknownIssuer", "; set `certificate` to the PEM file of the authority that has issued the server's"),
        ("NotValidForName", "; name the server in the endpoint as its certificate does"),
        ("CertificateRequired", "; the server wants to know the client: set `client_certificate` and `client_key`"),
    ];
    means.iter().find(|(symptom, _)| said.contains(symptom)).map_or("", |(_, advice)| advice)
}

/// An error with what it comes from: the outermost often says only that there was one.
pub(super) fn of_connection(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    fn is_tried_again(refusal: &Refusal) -> bool {
        matches!(refusal, Refusal::Later { .. })
    }

    #[test]
    fn http_statuses_are_tried_again_as_the_specification_has_it() {
        let again: Vec<u16> = (300..600).filter(|status| is_tried_again(&of_http_status(*status, None, ""))).collect();
        assert_eq!(again, [429, 502, 503, 504]);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(read_retry_after(" 12 "), Some(Duration::from_secs(12)));
        assert_eq!(read_retry_after("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        let in_a_minute = jiff::Timestamp::now() + Duration::from_secs(60);
        let date = in_a_minute.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let wait = read_retry_after(&date).expect("a date");
        assert!(wait > Duration::from_secs(55) && wait <= Duration::from_secs(60), "{wait:?} for {date}");
        assert_eq!(read_retry_after("soon"), None);
    }

    #[test]
    fn grpc_codes_are_tried_again_as_the_specification_has_it() {
        let again: Vec<Code> =
            (0..=16).map(Code::from_i32).filter(|code| is_tried_again(&of_grpc_status(&Status::new(*code, "")))).collect();
        let expected =
            [Code::Cancelled, Code::DeadlineExceeded, Code::Aborted, Code::OutOfRange, Code::Unavailable, Code::DataLoss];
        assert_eq!(again, expected);
    }

    #[test]
    fn an_exhausted_collector_is_asked_again_when_it_says_so() {
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(3)));
        let status = Status::with_error_details(Code::ResourceExhausted, "full", details);
        let why = Why::new("gRPC status ResourceExhausted", "full");
        assert_eq!(of_grpc_status(&status), Refusal::Later { why, asked: Some(Duration::from_secs(3)) });
    }

    #[test]
    fn a_status_that_was_made_of_a_broken_connection_is_tried_again() {
        let status = Status::from_error(Box::new(std::io::Error::other("reset")));
        assert_eq!(of_grpc_status(&status), Refusal::Later { why: Why::new("", "reset"), asked: None });
    }

    #[test]
    fn an_error_of_protobuf_tells_its_message() {
        assert_eq!(read_error(&[8, 3, 18, 3, b'b', b'a', b'd'], true), "bad");
        assert_eq!(read_error(b" <h1>bad</h1>\n", false), "<h1>bad</h1>");
    }

    #[test]
    fn what_is_too_large_is_known_by_either_protocol() {
        let is_too_large = |refusal| matches!(refusal, Refusal::TooLarge { .. });
        assert!(is_too_large(of_http_status(413, None, "")));
        let by_grpc = |code, message: &str| is_too_large(of_grpc_status(&Status::new(code, message)));
        assert!(by_grpc(Code::ResourceExhausted, "grpc: received message larger than max (5000000 vs. 4194304)"));
        assert!(by_grpc(Code::OutOfRange, "Error, decoded message length too large: found 5000000 bytes"));
        assert!(!by_grpc(Code::OutOfRange, "the past is over"));
    }

    #[test]
    fn what_is_no_answer_of_otlp_is_no_success() {
        for kind in [Some("application/x-protobuf"), Some("application/json; charset=utf-8"), None] {
            assert_eq!(read_response(kind, b""), Ok(Accepted::default()));
        }
        assert_eq!(read_response(Some("text/html"), b""), Ok(Accepted::default()), "nothing is said");
        assert_eq!(read_response(Some("application/json"), b"{}"), Ok(Accepted::default()));
        assert_eq!(read_response(None, b"{}"), Ok(Accepted::default()));
        let page = read_response(Some("text/html; charset=utf-8"), b"<!DOCTYPE html>");
        let Err(Refusal::Never { why }) = page else { panic!("{page:?}") };
        assert_eq!((why.what.as_str(), why.said.as_str()), ("answered by", "text/html"));
        assert!(why.advice.contains("is this an OTLP endpoint?"));
    }
}
