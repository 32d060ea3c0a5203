//! The ids of a correlation, as requests carry them.

use http::{HeaderMap, HeaderName};
use llm_span_contract::keys;
use opentelemetry::{KeyValue, baggage::Baggage};

use super::clean::cleaned;
use crate::correlation::Correlation;

/// The ids that go as baggage: the keys of the conventions' attributes.
const IN_BAGGAGE: [&str; 3] = [keys::SESSION_ID, keys::USER_ID, keys::GEN_AI_CONVERSATION_ID];

const SESSION: HeaderName = HeaderName::from_static("x-session-id");
const USER: HeaderName = HeaderName::from_static("x-user-id");
const CONVERSATION: HeaderName = HeaderName::from_static("x-conversation-id");
const CLIENT_SERVICE: HeaderName = HeaderName::from_static("x-telemetry-service");
const CLIENT_VERSION: HeaderName = HeaderName::from_static("x-telemetry-version");

/// What the request belongs to. A header wins over baggage: whoever has set it meant this very request. The baggage's member then says
/// the same, so that nobody behind is told another.
pub(super) fn of_request(headers: &HeaderMap, baggage: &mut Baggage) -> Correlation {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| cleaned(value.as_bytes()));
    let mut id = |name: &HeaderName, key: &'static str| {
        let member = baggage.get(key);
        match header(name) {
            Some(id) => {
                if member.is_some_and(|member| member.as_str() != id) {
                    baggage.insert(key, id.clone());
                }
                id
            }
            None => member.and_then(|member| cleaned(member.as_str().as_bytes())).unwrap_or_default(),
        }
    };
    Correlation::new()
        .session(id(&SESSION, keys::SESSION_ID))
        .user(id(&USER, keys::USER_ID))
        .conversation(id(&CONVERSATION, keys::GEN_AI_CONVERSATION_ID))
        .client_service(header(&CLIENT_SERVICE).unwrap_or_default())
        .client_version(header(&CLIENT_VERSION).unwrap_or_default())
}

/// What of it goes as baggage.
pub(super) fn in_baggage(correlation: &Correlation) -> impl Iterator<Item = KeyValue> {
    let ids = [correlation.session_id(), correlation.user_id(), correlation.conversation_id()];
    IN_BAGGAGE.into_iter().zip(ids).filter_map(|(key, id)| id.map(|id| KeyValue::new(key, id.to_owned())))
}

/// Whether the member is one of these ids.
pub(super) fn is_id(key: &str) -> bool {
    IN_BAGGAGE.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &[u8])], baggage: &[(&'static str, &'static str)]) -> Correlation {
        let value = |text: &[u8]| http::HeaderValue::from_bytes(text).expect("a header");
        let headers: Vec<_> = headers.iter().map(|(name, text)| (http::HeaderName::from_static(name), value(text))).collect();
        let mut baggage = baggage.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect();
        of_request(&HeaderMap::from_iter(headers), &mut baggage)
    }

    #[test]
    fn headers_win_over_baggage() {
        let baggage = [("session.id", "s"), ("user.id", "u"), ("gen_ai.conversation.id", "c"), ("other", "o")];
        let expected = Correlation::new().session("s").user("u").conversation("c");
        assert_eq!(of(&[], &baggage), expected);
        let headers: [(&str, &[u8]); 3] = [("x-session-id", b"t"), ("x-user-id", b"v"), ("x-conversation-id", b"d")];
        assert_eq!(of(&headers, &baggage), Correlation::new().session("t").user("v").conversation("d"));
        assert_eq!(of(&[("x-user-id", b" \xff")], &baggage), expected, "of a header that says nothing baggage is left");
        assert!(of(&[], &[]).is_empty());
    }

    #[test]
    fn clients_tell_their_service_by_headers_alone() {
        let headers: [(&str, &[u8]); 2] = [("x-telemetry-service", b"app\t"), ("x-telemetry-version", b"\t2.0")];
        let expected = Correlation::new().client_service("app").client_version("2.0");
        assert_eq!(of(&headers, &[("client.service.name", "other")]), expected);
    }

    #[test]
    fn baggage_has_what_is_known() {
        let correlation = Correlation::new().user("u").client_service("app");
        assert_eq!(in_baggage(&correlation).collect::<Vec<_>>(), [KeyValue::new("user.id", "u")]);
    }
}
