//! A client of an endpoint, whatever it speaks.

use std::{future::Future, time::Duration};

use bytes::Bytes;

use super::{
    answer::{Accepted, Refusal, Why},
    endpoint::Target,
    grpc::Grpc,
    http::Http,
    runtime::OtlpRuntime,
    secrets::Secrets,
    signal::Signal,
};
use crate::pipeline::settings::{OtlpEndpoint, Protocol};

/// A client of an endpoint.
pub(super) struct Client {
    transport: Transport,
    /// For log lines.
    shown: String,
    secrets: Secrets,
    /// What is amiss, where the port is usually one of the other protocol.
    hint: &'static str,
}

enum Transport {
    Grpc(Box<Grpc>),
    Http(Box<Http>),
}

impl Client {
    /// Nothing is connected yet.
    pub(super) fn new(endpoint: &OtlpEndpoint, signal: Signal, runtime: &OtlpRuntime) -> Result<Self, String> {
        let target = Target::new(endpoint, signal)?;
        let hint = match (endpoint.protocol, target.url.port()) {
            (Protocol::Grpc, Some(4318)) => "; port 4318 is usually that of `http/protobuf`, and `grpc` is set",
            (Protocol::HttpProtobuf, Some(4317)) => "; port 4317 is usually that of `grpc`, and `http/protobuf` is set",
            _ => "",
        };
        let transport = match endpoint.protocol {
            Protocol::Grpc => Grpc::new(&target, signal, endpoint.compression, endpoint.timeout, runtime)
                .map(|grpc| Transport::Grpc(Box::new(grpc))),
            Protocol::HttpProtobuf => Http::new(&target, endpoint.compression).map(|http| Transport::Http(Box::new(http))),
        };
        let transport =
            transport.map_err(|why| format!("the endpoint `{}` can't be used: {}", target.shown, target.secrets.clean(&why)))?;
        Ok(Self { transport, shown: target.shown, secrets: target.secrets, hint })
    }

    /// A message as it is sent, with each attempt again.
    pub(super) fn body(&self, message: &Bytes) -> Bytes {
        match &self.transport {
            Transport::Grpc(_) => message.clone(),
            Transport::Http(http) => http.body(message),
        }
    }

    /// One attempt.
    pub(super) fn send(&self, body: Bytes, timeout: Duration) -> impl Future<Output = Result<Accepted, Refusal>> + Send + use<> {
        let transport = match &self.transport {
            Transport::Grpc(grpc) => Transport::Grpc(grpc.clone()),
            Transport::Http(http) => Transport::Http(http.clone()),
        };
        async move {
            let answer = tokio::time::timeout(timeout, async move {
                match transport {
                    Transport::Grpc(grpc) => grpc.send(body).await,
                    Transport::Http(http) => http.send(body).await,
                }
            });
            answer.await.unwrap_or(Err(Refusal::Silent))
        }
    }

    /// Gives up a connection that does not answer.
    pub(super) fn renew(&mut self, runtime: &OtlpRuntime) {
        match &mut self.transport {
            Transport::Grpc(grpc) => grpc.renew(runtime),
            // Its connections are given up with their requests.
            Transport::Http(_) => {}
        }
    }

    /// A reason for log lines: with the endpoint, without secrets.
    pub(super) fn explain(&self, why: &Why) -> String {
        let colon = if why.what.is_empty() || why.said.is_empty() { "" } else { ": " };
        let (what, said) = (&why.what, self.secrets.clean(&why.said));
        let advice = if why.advice.is_empty() { self.hint } else { why.advice };
        format!("{}: {what}{colon}{said}{advice}", self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_the_other_protocol_is_pointed_out() {
        let runtime = OtlpRuntime::start().expect("a thread");
        let explain = |endpoint| Client::new(&endpoint, Signal::Logs, &runtime).map(|client| client.explain(&"reset".into()));
        let expected = "http://h:4318: reset; port 4318 is usually that of `http/protobuf`, and `grpc` is set";
        assert_eq!(explain(OtlpEndpoint::grpc("http://h:4318")), Ok(expected.to_owned()));
        let expected = "http://h:4317/v1/logs: reset; port 4317 is usually that of `grpc`, and `http/protobuf` is set";
        assert_eq!(explain(OtlpEndpoint::http("http://h:4317")), Ok(expected.to_owned()));
        assert_eq!(explain(OtlpEndpoint::grpc("http://h:4317")), Ok("http://h:4317: reset".to_owned()));
    }
}
