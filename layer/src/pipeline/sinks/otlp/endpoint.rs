//! An endpoint as it is set, looked over before anything is sent to it.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;

use super::{secrets::Secrets, signal::Signal, tls::Tls};
use crate::pipeline::settings::{OtlpEndpoint, Protocol};

/// An endpoint that can be sent to.
pub(super) struct Target {
    /// With the signal's path, where HTTP is spoken.
    pub(super) url: Url,
    /// The URL for log lines: without its query, which may authenticate.
    pub(super) shown: String,
    pub(super) headers: HeaderMap,
    pub(super) secrets: Secrets,
    /// `None`: plaintext.
    pub(super) tls: Option<Tls>,
}

impl Target {
    /// What is wrong with it, and what to do.
    pub(super) fn new(endpoint: &OtlpEndpoint, signal: Signal) -> Result<Self, String> {
        let url = url(endpoint, signal)?;
        let shown = shown(&url);
        if endpoint.timeout.is_zero() {
            return Err(format!("the timeout for the endpoint `{shown}` is 0, in which nothing can be sent; set some seconds"));
        }
        let is_https = url.scheme() == "https";
        if !is_https && (endpoint.certificate.is_some() || endpoint.client_certificate.is_some()) {
            return Err(format!(
                "certificates are set for the endpoint `{shown}`, but `http://` does not use them; write `https://`"
            ));
        }
        let mut secrets = Secrets::of(endpoint.headers.iter().map(|(_, value)| value));
        if let Some(query) = url.query() {
            secrets.add(query);
        }
        let tls = is_https.then(|| Tls::read(endpoint)).transpose()?;
        Ok(Self { url, shown, headers: headers(endpoint)?, secrets, tls })
    }
}

fn url(endpoint: &OtlpEndpoint, signal: Signal) -> Result<Url, String> {
    let text = endpoint.url.trim();
    let raw = shown_raw(text);
    let Some((scheme, _)) = text.split_once("://") else {
        return Err(format!(
            "the endpoint `{raw}` has no scheme; write `http://` before it for plaintext, or `https://` for TLS"
        ));
    };
    let mut url = Url::parse(text).map_err(|error| format!("the endpoint `{raw}` is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the endpoint `{raw}` has the scheme `{scheme}`; OTLP is spoken by `http://` and `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the endpoint `{raw}` has a user in its URL; leave it out, and set the header `authorization`"));
    }
    match endpoint.protocol {
        Protocol::Grpc if url.path() != "/" => Err(format!(
            "the endpoint `{raw}` has a path, which gRPC has no place for; leave it out, or choose the protocol `{}`",
            Protocol::HttpProtobuf.name()
        )),
        Protocol::HttpProtobuf if !endpoint.is_signal_url => {
            let path = format!("{}/{}", url.path().trim_end_matches('/'), signal.http_path());
            url.set_path(&path);
            Ok(url)
        }
        Protocol::Grpc | Protocol::HttpProtobuf => Ok(url),
    }
}

fn headers(endpoint: &OtlpEndpoint) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (index, (name, value)) in endpoint.headers.iter().enumerate() {
        // A name that is none may be anything, also a value.
        let name = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| format!("header {} of the OTLP endpoint has a name that HTTP does not allow", index + 1))?;
        let mut value = HeaderValue::from_str(value.expose().trim())
            .map_err(|_| format!("the value of the header `{name}` has characters that HTTP does not allow"))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// The same of a text that may be no URL: nothing of one that may hold a password or a key.
fn shown_raw(text: &str) -> &str {
    if text.contains(['@', '?', '#']) { "(not shown: it may hold a password or a key)" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url_of(endpoint: &OtlpEndpoint) -> Result<String, String> {
        Target::new(endpoint, Signal::Logs).map(|target| target.url.to_string())
    }

    fn error_of(endpoint: &OtlpEndpoint) -> String {
        url_of(endpoint).expect_err("it is refused")
    }

    #[test]
    fn http_has_a_path_for_each_signal() {
        let expected = Ok("http://localhost:4318/v1/logs".to_owned());
        assert_eq!(url_of(&OtlpEndpoint::http("http://localhost:4318")), expected);
        assert_eq!(url_of(&OtlpEndpoint::http(" http://localhost:4318/ ")), expected);
        let below = OtlpEndpoint::http("https://example.com/otlp?tenant=1");
        assert_eq!(url_of(&below), Ok("https://example.com/otlp/v1/logs?tenant=1".to_owned()));
        let mut own = OtlpEndpoint::http("http://localhost:4318/mine");
        own.is_signal_url = true;
        assert_eq!(url_of(&own), Ok("http://localhost:4318/mine".to_owned()));
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_a_remedy() {
        assert_eq!(
            error_of(&OtlpEndpoint::grpc("localhost:4317")),
            "the endpoint `localhost:4317` has no scheme; write `http://` before it for plaintext, or `https://` for TLS"
        );
        assert_eq!(
            error_of(&OtlpEndpoint::grpc("ftp://localhost")),
            "the endpoint `ftp://localhost` has the scheme `ftp`; OTLP is spoken by `http://` and `https://`"
        );
        assert_eq!(error_of(&OtlpEndpoint::http("http://")), "the endpoint `http://` is no URL: empty host");
        assert_eq!(
            error_of(&OtlpEndpoint::grpc("http://localhost:4318/v1/traces")),
            "the endpoint `http://localhost:4318/v1/traces` has a path, which gRPC has no place for; leave it out, or choose the protocol \
             `http/protobuf`"
        );
    }

    #[test]
    fn secrets_of_a_url_are_not_shown() {
        for url in [
            "http://user:hunter2@h:x/?key=hunter2",
            "user:hunter2@h",
            "http://user:hunter2@h",
            "http://user:hunter2?@h",
            "http:/user:hunter2@h",
            "//user:hunter2@h",
            "ftp://h/hunter2@h",
        ] {
            assert!(!error_of(&OtlpEndpoint::grpc(url)).contains("hunter2"), "{url}");
            assert!(!error_of(&OtlpEndpoint::http(url)).contains("hunter2"), "{url}");
        }
        let target = Target::new(&OtlpEndpoint::http("http://h/?key=hunter2"), Signal::Traces).expect("an endpoint");
        assert_eq!(target.shown, "http://h/v1/traces");
        assert!(!target.secrets.clean("no key=hunter2").contains("hunter2"));
    }

    #[test]
    fn a_header_that_can_t_be_sent_is_told_without_its_value() {
        let endpoint = OtlpEndpoint::grpc("http://h").header("authorization", "sec\nret");
        assert_eq!(error_of(&endpoint), "the value of the header `authorization` has characters that HTTP does not allow");
        let endpoint = OtlpEndpoint::grpc("http://h").header("sec ret", "value");
        assert_eq!(error_of(&endpoint), "header 1 of the OTLP endpoint has a name that HTTP does not allow");
    }

    #[test]
    fn certificates_for_plaintext_are_refused() {
        let mut endpoint = OtlpEndpoint::http("http://h");
        endpoint.certificate = Some("ca.pem".into());
        assert!(error_of(&endpoint).ends_with("`http://` does not use them; write `https://`"));
    }
}
