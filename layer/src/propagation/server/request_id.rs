//! What a request is called in logs.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use uuid::{Builder, Uuid};

/// The header of a request's id, in both directions.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A longer id is none.
const MAX_LENGTH: usize = 128;

/// The id of a request: the client's `x-request-id`, where it is well formed, else a new UUID (version 4); always a new one of requests that
/// are [not trusted](super::ServerLayer::untrusted). Handlers find it among the request's extensions.
///
/// It is told to the client, not to other servers: the requests of many servers are joined by their trace id.
///
/// Well formed is one header of 1 to 128 letters, digits and `-_.:/+=@`: nothing that could pass for something else in a log.
///
/// ```
/// use llm_span::propagation::RequestId;
///
/// /// What a handler answers where it failed.
/// fn failed<B>(request: &http::Request<B>) -> String {
///     let id = request.extensions().get::<RequestId>();
///     format!("it failed; ask us for request {}", id.map_or("-", RequestId::as_str))
/// }
/// # assert!(failed(&http::Request::new(())).ends_with("request -"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The client's, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut all = headers.get_all(HEADER).iter();
        let told = all.next().filter(|_| all.next().is_none()).and_then(well_formed);
        Self(told.map_or_else(new, Arc::from))
    }

    /// A new one.
    pub(super) fn new() -> Self {
        Self(new())
    }

    /// Tells the client, unless the service itself did.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.entry(HEADER).or_insert(value);
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Of the random numbers that trace ids are made of: `Uuid::new_v4` asks the system for them, each time.
fn new() -> Arc<str> {
    let random = RandomIdGenerator::default().new_trace_id();
    let id = Builder::from_random_bytes(random.to_bytes()).into_uuid();
    Arc::from(&*id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

fn well_formed(value: &HeaderValue) -> Option<&str> {
    let is_sober = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    let is_well_formed = (1..=MAX_LENGTH).contains(&value.len()) && value.as_bytes().iter().all(is_sober);
    value.to_str().ok().filter(|_| is_well_formed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn of(values: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        RequestId::of(&headers).to_string()
    }

    fn is_new(id: &str) -> bool {
        Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 4)
    }

    #[test]
    fn a_well_formed_id_is_taken() {
        for id in ["a", "74722802-6be1-4e14-8e73-d86823fed3e3", "req_1.2:3/4+5=6@host", &"x".repeat(128)] {
            assert_eq!(of(&[id.as_bytes()]), id);
        }
    }

    #[test]
    fn any_other_is_replaced_by_a_new_one() {
        let long = "x".repeat(129);
        let hostile: [&[&[u8]]; 9] =
            [&[], &[b""], &[b"a b"], &[b"a\tb"], &[b"\"a\""], &[b"{a}"], &[b"\xffa"], &[long.as_bytes()], &[b"a", b"b"]];
        for values in hostile {
            assert!(is_new(&of(values)), "{values:?}");
        }
        assert_ne!(of(&[]), of(&[]));
    }
}
