//! What files and variables change of OTLP endpoints.

use std::{path::PathBuf, time::Duration};

use super::{
    draft::{Draft, PerSignal, Signal},
    headers::lay_all,
    said::Said,
    url::Url,
};
use crate::pipeline::settings::{Compression, OtlpEndpoint, Protocol, Secret};

/// The standard's default endpoints.
pub(super) const DEFAULT_HTTP: &str = "http://localhost:4318";
const DEFAULT_GRPC: &str = "http://localhost:4317";

/// What one layer says of an endpoint; what it does not say stays as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct EndpointChanges<'a> {
    pub(super) url: Option<Said<'a>>,
    /// Whether a URL without a scheme means plaintext.
    pub(super) insecure: Option<bool>,
    pub(super) protocol: Option<Protocol>,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) timeout: Option<Duration>,
    pub(super) compression: Option<Compression>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_key: Option<PathBuf>,
}

impl EndpointChanges<'_> {
    /// Changes the endpoints of all signals, also of those that are switched on later.
    pub(super) fn apply_to_all(&self, draft: &mut Draft<'_>) {
        let target = self.target();
        if let (Some(said), Some(_)) = (&self.url, &target) {
            draft.note("otlp.url", said);
        }
        draft.each_endpoint(|endpoint| {
            if let Some(target) = &target {
                target.take_over(endpoint, false, self.protocol);
            }
            self.change(endpoint);
        });
        if let Some(is_insecure) = self.insecure {
            draft.insecure = PerSignal { traces: is_insecure, metrics: is_insecure, logs: is_insecure };
        }
    }

    /// Changes the endpoint of one signal, whose URL is then taken as it is; nothing where the signal is not sent. What the same layer says of
    /// all signals holds for this one, too, wherever it is sent to.
    pub(super) fn apply_to(&self, signal: Signal, all: &Self, draft: &mut Draft<'_>) {
        let target = self.target();
        if let (Some(said), Some(_)) = (&self.url, &target) {
            draft.note(signal.url_setting(), said);
        }
        if let Some(endpoint) = signal.of(&mut draft.settings.otlp) {
            if let Some(target) = &target
                && target.take_over(endpoint, true, self.protocol)
            {
                EndpointChanges { protocol: None, ..all.clone() }.change(endpoint);
            }
            self.change(endpoint);
        }
        if let Some(is_insecure) = self.insecure {
            *draft.insecure.of(signal) = is_insecure;
        }
    }

    /// The URL, where it is one; what is wrong with it is told.
    fn target(&self) -> Option<Target<'_>> {
        let said = self.url.as_ref()?;
        let url = said.text.trim();
        said.read(|_| Url::read(url)).map(|Url { port, .. }| Target { url, port })
    }

    fn change(&self, endpoint: &mut OtlpEndpoint) {
        match (self.protocol, &self.url) {
            (Some(protocol), Some(_)) => endpoint.protocol = protocol,
            (Some(protocol), None) => speak(endpoint, protocol),
            (None, _) => {}
        }
        lay_all(&mut endpoint.headers, &self.headers);
        endpoint.timeout = self.timeout.unwrap_or(endpoint.timeout);
        endpoint.compression = self.compression.unwrap_or(endpoint.compression);
        if self.certificate.is_some() {
            endpoint.certificate.clone_from(&self.certificate);
        }
        let below = endpoint.client_certificate.take();
        let (certificate, key) = below.unzip();
        endpoint.client_certificate = self.client_certificate.clone().or(certificate).zip(self.client_key.clone().or(key));
    }
}

/// Where to, and the port that says so.
struct Target<'t> {
    url: &'t str,
    port: Option<u16>,
}

impl Target<'_> {
    /// Sends there from now on. What earlier layers said for another server is not for this one: headers that authenticate, and certificates.
    /// Whether it is another.
    fn take_over(&self, endpoint: &mut OtlpEndpoint, is_signal_url: bool, protocol: Option<Protocol>) -> bool {
        let same = |url: Url<'_>| Url::read(&endpoint.url).is_ok_and(|before| before.has_origin_of(url));
        let is_other = !Url::read(self.url).is_ok_and(same);
        if is_other {
            endpoint.headers.clear();
            endpoint.certificate = None;
            endpoint.client_certificate = None;
        }
        self.url.clone_into(&mut endpoint.url);
        endpoint.is_signal_url = is_signal_url;
        // Where nobody says the protocol, the standard's ports do.
        match (self.port, protocol) {
            (Some(4_317), None) => endpoint.protocol = Protocol::Grpc,
            (Some(4_318), None) => endpoint.protocol = Protocol::HttpProtobuf,
            _ => {}
        }
        is_other
    }
}

/// Sets the protocol. The standard's default endpoint of the one becomes that of the other: nobody means gRPC on 4318.
fn speak(endpoint: &mut OtlpEndpoint, protocol: Protocol) {
    endpoint.protocol = protocol;
    if [DEFAULT_HTTP, DEFAULT_GRPC].contains(&endpoint.url.as_str()) {
        let default = if protocol == Protocol::Grpc { DEFAULT_GRPC } else { DEFAULT_HTTP };
        default.clone_into(&mut endpoint.url);
    }
}
