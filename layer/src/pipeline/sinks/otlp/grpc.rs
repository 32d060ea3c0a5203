//! OTLP over gRPC.

use std::time::Duration;

use ::http::uri::PathAndQuery;
use bytes::{Buf as _, BufMut as _, Bytes};
use prost::Message as _;
use tonic::{
    Request, Status,
    client::Grpc as Client,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};

use super::{
    answer::{self, Accepted, Refusal, Response},
    endpoint::Target,
    runtime::OtlpRuntime,
    signal::Signal,
};
use crate::pipeline::settings::Compression;

/// Sends requests by gRPC. Cheap to clone.
#[derive(Clone)]
pub(super) struct Grpc {
    endpoint: Endpoint,
    channel: Channel,
    path: PathAndQuery,
    metadata: MetadataMap,
    gzip: bool,
}

impl Grpc {
    pub(super) fn new(
        target: &Target,
        signal: Signal,
        compression: Compression,
        timeout: Duration,
        runtime: &OtlpRuntime,
    ) -> Result<Self, String> {
        let endpoint = Endpoint::from_shared(target.url.to_string()).map_err(|error| answer::of_connection(&error))?;
        let mut endpoint = endpoint
            .connect_timeout(timeout)
            .user_agent(concat!("llm-span/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| answer::of_connection(&error))?;
        if let Some(tls) = &target.tls {
            endpoint = tls.secure(endpoint)?;
        }
        let channel = runtime.within(|| endpoint.connect_lazy());
        let path = PathAndQuery::from_static(signal.grpc_path());
        let metadata = MetadataMap::from_headers(target.headers.clone());
        Ok(Self { endpoint, channel, path, metadata, gzip: compression == Compression::Gzip })
    }

    /// Gives the connection up: it may be dead, without a sign of it, and would be waited for until the system notices.
    pub(super) fn renew(&mut self, runtime: &OtlpRuntime) {
        self.channel = runtime.within(|| self.endpoint.connect_lazy());
    }

    pub(super) async fn send(self, body: Bytes) -> Result<Accepted, Refusal> {
        let mut client = Client::new(self.channel);
        if self.gzip {
            client = client.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
        }
        client.ready().await.map_err(|error| answer::of_failure(&error))?;
        let mut request = Request::new(body);
        *request.metadata_mut() = self.metadata;
        match client.unary(request, self.path, Encoded).await {
            Ok(response) => Ok(response.into_inner().into()),
            Err(status) => Err(answer::of_grpc_status(&status)),
        }
    }
}

/// Messages that are encoded already: once, for all attempts.
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Response;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(message.len());
        out.put(message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Response;
    type Error = Status;

    /// An answer that is none of OTLP says all the same that the request was taken.
    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Response>, Status> {
        let response = Response::decode(&mut *message).unwrap_or_default();
        message.advance(message.remaining());
        Ok(Some(response))
    }
}
