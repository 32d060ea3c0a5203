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
    Later { why: String, asked: Option<Duration> },
    /// It has not answered in time. A connection that may be dead is given up.
    Silent,
    /// It never will.
    Never { why: String },
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

/// Of an answer that is no message of OTLP, nothing is known but that the request was taken.
pub(super) fn read_response(body: &[u8]) -> Accepted {
    Response::decode(body).map(Accepted::from).unwrap_or_default()
}

/// An HTTP status that is no success. The specification names those that are tried again; `Retry-After` comes with two of them.
pub(super) fn of_http_status(status: u16, retry_after: Option<&str>, message: &str) -> Refusal {
    let mut why = format!("HTTP status {status}");
    if !message.is_empty() {
        why = format!("{why}: {message}");
    }
    match status {
        429 | 503 => Refusal::Later { why, asked: retry_after.and_then(read_retry_after) },
        502 | 504 => Refusal::Later { why, asked: None },
        301..=308 => Refusal::Never { why: format!("{why}; redirects are not followed, set the endpoint that it leads to") },
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
        return Refusal::Later { why: of_connection(source), asked: None };
    }
    let code = status.code();
    let why = match status.message() {
        "" => format!("gRPC status {code:?}"),
        message => format!("gRPC status {code:?}: {message}"),
    };
    let asked = status.get_details_retry_info().and_then(|info| info.retry_delay);
    match code {
        Code::Cancelled | Code::DeadlineExceeded | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => {
            Refusal::Later { why, asked }
        }
        // Without a hint when it is to be tried again, the request is too large.
        Code::ResourceExhausted if asked.is_some() => Refusal::Later { why, asked },
        _ => Refusal::Never { why },
    }
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
        let why = "gRPC status ResourceExhausted: full".to_owned();
        assert_eq!(of_grpc_status(&status), Refusal::Later { why, asked: Some(Duration::from_secs(3)) });
    }

    #[test]
    fn a_status_that_was_made_of_a_broken_connection_is_tried_again() {
        let status = Status::from_error(Box::new(std::io::Error::other("reset")));
        assert_eq!(of_grpc_status(&status), Refusal::Later { why: "reset".into(), asked: None });
    }

    #[test]
    fn an_error_of_protobuf_tells_its_message() {
        assert_eq!(read_error(&[8, 3, 18, 3, b'b', b'a', b'd'], true), "bad");
        assert_eq!(read_error(b" <h1>bad</h1>\n", false), "<h1>bad</h1>");
    }
}
