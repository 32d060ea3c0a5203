//! Where telemetry is sent to by OTLP.

use std::{path::PathBuf, time::Duration};

use super::Secret;

/// Where each signal is sent to by OTLP; `None`: nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Otlp {
    /// Spans.
    pub traces: Option<OtlpEndpoint>,
    /// Metrics.
    pub metrics: Option<OtlpEndpoint>,
    /// Log lines.
    pub logs: Option<OtlpEndpoint>,
}

impl Otlp {
    /// All three signals to one endpoint.
    pub fn all(endpoint: &OtlpEndpoint) -> Self {
        let endpoint = || Some(endpoint.clone());
        Self { traces: endpoint(), metrics: endpoint(), logs: endpoint() }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.traces.is_some() || self.metrics.is_some() || self.logs.is_some()
    }
}

/// An OTLP endpoint, as the [OTLP exporter's specification] has it.
///
/// [OTLP exporter's specification]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtlpEndpoint {
    /// `http://…` or `https://…`; the scheme says whether TLS is spoken. By HTTP a signal's path (`/v1/traces`) is appended, unless
    /// [`is_signal_url`](Self::is_signal_url).
    pub url: String,
    /// Whether the URL is that of one signal, taken as it is (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
    pub is_signal_url: bool,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Sent with each request; their values are never shown.
    pub headers: Vec<(String, Secret)>,
    /// How long one attempt to send may take; of metrics, all attempts of one export.
    pub timeout: Duration,
    /// How requests are compressed.
    pub compression: Compression,
    /// PEM file of certificates to trust besides the system's.
    pub certificate: Option<PathBuf>,
    /// PEM files of the client's own certificate and key, for mutual TLS.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}

impl OtlpEndpoint {
    /// `http://localhost:4317` by gRPC.
    pub fn grpc(url: impl Into<String>) -> Self {
        Self::new(url, Protocol::Grpc)
    }

    /// By protobuf over HTTP: `http://localhost:4318`.
    pub fn http(url: impl Into<String>) -> Self {
        Self::new(url, Protocol::HttpProtobuf)
    }

    fn new(url: impl Into<String>, protocol: Protocol) -> Self {
        Self {
            url: url.into(),
            is_signal_url: false,
            protocol,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            compression: Compression::None,
            certificate: None,
            client_certificate: None,
        }
    }

    /// Adds a header; its value is never shown.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Secret::new(value)));
        self
    }

    /// How long one attempt to send may take; of metrics, all attempts of one export.
    ///
    /// ```
    /// use std::time::Duration;
    /// use llm_span::pipeline::{Compression, OtlpEndpoint};
    ///
    /// let endpoint = OtlpEndpoint::grpc("https://collector:4317")
    ///     .timeout(Duration::from_secs(3))
    ///     .compression(Compression::Gzip)
    ///     .certificate("ca.pem")
    ///     .client_certificate("client.pem", "client.key");
    /// assert_eq!(endpoint.timeout, Duration::from_secs(3));
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How requests are compressed.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Trusts the certificates in this PEM file besides the system's.
    #[must_use]
    pub fn certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.certificate = Some(file.into());
        self
    }

    /// Shows the certificate in this PEM file to the server, with the key in that one: mutual TLS.
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client_certificate = Some((certificate.into(), key.into()));
        self
    }
}

/// How OTLP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC, usually on port 4317.
    Grpc,
    /// Protobuf over HTTP/1.1, usually on port 4318.
    #[default]
    HttpProtobuf,
}

impl Protocol {
    /// Its name in `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
        }
    }
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// By gzip.
    Gzip,
}
