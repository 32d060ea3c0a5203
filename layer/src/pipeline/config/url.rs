//! URLs of endpoints.

use super::values::quoted_url;

/// What an endpoint's URL is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url<'t> {
    /// Whether TLS is spoken; `None`: no scheme says it.
    pub(super) is_secure: Option<bool>,
    /// Host and port.
    authority: &'t str,
    pub(super) port: Option<u16>,
    /// From the `/` on; empty where there is none.
    pub(super) path: &'t str,
}

impl<'t> Url<'t> {
    /// Reads `http://host:4318/path`, `https://…` or `host:4317`.
    pub(super) fn read(text: &'t str) -> Result<Self, String> {
        let shown = quoted_url(text);
        let (is_secure, rest) = match text.split_once("://") {
            None => (None, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(false), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(true), rest),
            Some(_) => return Err(format!("is {shown}; expected the scheme `http` or `https`, or `host:port` without one")),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("holds a user or a password (not shown); leave it out and set a header: `authorization`".to_owned());
        }
        if path.contains(['?', '#']) {
            return Err("holds a query or a fragment (not shown); leave it out, and set keys as headers".to_owned());
        }
        let (host, port) = split_port(authority);
        if host.is_empty() {
            return Err(format!("is {shown}, which names no host; expected `http://host:port`"));
        }
        let port = match port {
            None if is_secure.is_none() => return Err(format!("is {shown}; expected `host:port`, or a URL: `http://host:port`")),
            None => None,
            Some(port) => match port.parse() {
                Ok(port @ 1_u16..) => Some(port),
                _ => return Err(format!("is {shown}; expected a port from 1 to 65535")),
            },
        };
        let is_host = host.parse::<http::uri::Authority>().is_ok()
            && !host.contains(['@', '%'])
            && (host.starts_with('[') || !host.contains(':'));
        if !is_host || (!path.is_empty() && path.parse::<http::uri::PathAndQuery>().is_err()) {
            return Err(format!("is {shown}, which is no URL; expected `http://host:port`"));
        }
        Ok(Self { is_secure, authority, port, path })
    }

    /// Whether the same server is spoken to in the same way. Without a scheme there is TLS.
    pub(super) fn has_origin_of(self, other: Self) -> bool {
        let origin = |url: Self| {
            let is_secure = url.is_secure.unwrap_or(true);
            let host = split_port(url.authority).0.to_ascii_lowercase();
            (is_secure, host, url.port.unwrap_or(if is_secure { 443 } else { 80 }))
        };
        origin(self) == origin(other)
    }

    /// With a scheme, which where none is said depends on whether the connection is to be insecure.
    pub(super) fn complete(self, is_insecure: bool) -> String {
        let scheme = if self.is_secure.unwrap_or(!is_insecure) { "https" } else { "http" };
        let path = if self.path == "/" { "" } else { self.path };
        format!("{scheme}://{}{path}", self.authority)
    }
}

/// Host and port; an IPv6 address is in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_completed_by_a_scheme() {
        let complete = |text, is_insecure| Url::read(text).map(|url| url.complete(is_insecure));
        assert_eq!(complete("localhost:4317", true).as_deref(), Ok("http://localhost:4317"));
        assert_eq!(complete("otel_collector:4317", false).as_deref(), Ok("https://otel_collector:4317"));
        assert_eq!(complete("HTTPS://collector/", true).as_deref(), Ok("https://collector"));
        assert_eq!(complete("http://[::1]:4318/v1/traces", false).as_deref(), Ok("http://[::1]:4318/v1/traces"));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in [
            "",
            "localhost",
            ":4317",
            "http://",
            "http://:80",
            "http://a b:1",
            "http://a:0",
            "http://a:65536",
            "http://a:-1",
            "a:",
            "::1:4317",
            "http://[::1",
            "http:/a:1",
            "unix:///socket",
            "http://a:1/p?q",
            "http://a:1#f",
            "u@a:1",
            "http://a:1/ä b",
            "a:4317\n",
        ] {
            assert!(Url::read(text).is_err(), "{text:?}");
        }
    }
}
