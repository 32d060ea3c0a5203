//! What the head of a request tells.

use std::{borrow::Cow, cell::OnceCell, net::IpAddr};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header, request::Parts, uri::Authority};

use super::{
    layer::{RequestNames, Settings},
    text::{clean, clean_bytes},
};
use crate::guard;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The conventions' word for a method that they do not know.
const OTHER: &str = "_OTHER";

/// What the head of a request tells. Nothing of it is worked out before it is asked for.
pub(super) struct Head<'a> {
    parts: &'a Parts,
    settings: &'a Settings,
    route: OnceCell<Option<String>>,
    client: OnceCell<Option<IpAddr>>,
    server: OnceCell<Option<(String, Option<i64>)>>,
}

impl<'a> Head<'a> {
    pub(super) fn new(parts: &'a Parts, settings: &'a Settings) -> Self {
        Self { parts, settings, route: OnceCell::new(), client: OnceCell::new(), server: OnceCell::new() }
    }

    /// One of a bounded set.
    pub(super) fn method(&self) -> &'static str {
        known_method(&self.parts.method).unwrap_or(OTHER)
    }

    /// The method as it was sent, where it is none of the known ones.
    pub(super) fn original_method(&self) -> Option<Cow<'_, str>> {
        known_method(&self.parts.method).is_none().then(|| clean(self.parts.method.as_str()))
    }

    /// The pattern that has matched: what the program says, which is one of a bounded set.
    pub(super) fn route(&self) -> Option<&str> {
        let find = || {
            let find = self.settings.route.as_deref()?;
            let route = guard::run(|| find(self.parts)).flatten()?;
            match clean(&route) {
                Cow::Owned(cleaned) => Some(cleaned),
                Cow::Borrowed(_) => Some(route),
            }
        };
        self.route.get_or_init(find).as_deref()
    }

    pub(super) fn into_route(self) -> Option<String> {
        self.route();
        self.route.into_inner().flatten()
    }

    /// What the span is called. The conventions have `HTTP` for a method that they do not know.
    pub(super) fn name(&self) -> String {
        let method = self.method();
        let (first, second) = match self.settings.names {
            RequestNames::LlmGateway => ("HTTP ", method),
            RequestNames::Conventional if method == OTHER => ("HTTP", ""),
            RequestNames::Conventional => (method, ""),
        };
        match self.route() {
            Some(route) => [first, second, " ", route].concat(),
            None => [first, second].concat(),
        }
    }

    /// Without the query, which may have secrets.
    pub(super) fn path(&self) -> Option<Cow<'_, str>> {
        Some(self.parts.uri.path()).filter(|path| !path.is_empty()).map(clean)
    }

    /// What the client used, where a trusted proxy or the request itself says it.
    pub(super) fn scheme(&self) -> &'static str {
        let forwarded = single(&self.parts.headers, &FORWARDED_PROTO).filter(|_| self.settings.trusts);
        let told = forwarded.map(HeaderValue::as_bytes).or_else(|| self.parts.uri.scheme_str().map(str::as_bytes));
        if told.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https")) { "https" } else { "http" }
    }

    /// The host that the client asked for; no user, no password.
    pub(super) fn server_address(&self) -> Option<&str> {
        self.server().map(|(host, _)| host.as_str())
    }

    pub(super) fn server_port(&self) -> Option<i64> {
        self.server().and_then(|(_, port)| *port)
    }

    fn server(&self) -> Option<&(String, Option<i64>)> {
        let find = || {
            let parse = |value: &HeaderValue| Authority::try_from(value.as_bytes()).ok();
            let of_uri = self.parts.uri.authority().cloned();
            let authority = of_uri.or_else(|| single(&self.parts.headers, &header::HOST).and_then(parse))?;
            let host = authority.host();
            let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            let port = authority.port_u16().map(i64::from);
            (!host.is_empty()).then(|| (clean(host).into_owned(), port))
        };
        self.server.get_or_init(find).as_ref()
    }

    /// Whom the program says it is from.
    pub(super) fn client(&self) -> Option<IpAddr> {
        let find = || {
            let find = self.settings.client.as_deref()?;
            guard::run(|| find(self.parts)).flatten()
        };
        *self.client.get_or_init(find)
    }

    /// Asks the program for all that it has to say.
    pub(super) fn ask(&self) {
        self.route();
        self.client();
    }

    pub(super) fn user_agent(&self) -> Option<Cow<'_, str>> {
        self.parts.headers.get(header::USER_AGENT).map(|value| clean_bytes(value.as_bytes()))
    }

    pub(super) fn protocol_version(&self) -> Option<&'static str> {
        match self.parts.version {
            Version::HTTP_09 => Some("0.9"),
            Version::HTTP_10 => Some("1.0"),
            Version::HTTP_11 => Some("1.1"),
            Version::HTTP_2 => Some("2"),
            Version::HTTP_3 => Some("3"),
            _ => None,
        }
    }
}

/// What the header of that name says; nothing where it stands twice.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut all = headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none())
}

/// The size that a message announces for its body.
pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    let digits = single(headers, &header::CONTENT_LENGTH)?.to_str().ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The methods that the HTTP conventions know: those of RFC 9110, and PATCH (RFC 5789).
fn known_method(method: &Method) -> Option<&'static str> {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "PATCH", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str())
}
