//! OTLP over HTTP.

use std::io::Write as _;

use ::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use flate2::{Compression as Level, write::GzEncoder};
use reqwest::{Client, Response, Url, redirect::Policy};

use super::{
    answer::{self, Accepted, Refusal},
    endpoint::Target,
    tls,
};
use crate::pipeline::settings::Compression;

/// No answer of OTLP is longer; what follows is not read.
const LONGEST_ANSWER: usize = 64 * 1_024;

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// Sends requests by HTTP. Cheap to clone.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    url: Url,
    headers: HeaderMap,
    gzip: bool,
}

impl Http {
    pub(super) fn new(target: &Target, compression: Compression) -> Result<Self, String> {
        let config = target.tls.as_ref().map_or_else(tls::none, tls::Tls::config)?;
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            // As by gRPC, which knows of no proxies: the endpoint says where it goes to.
            .no_proxy()
            // Headers that authenticate are for this server.
            .redirect(Policy::none())
            .user_agent(concat!("llm-span/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| answer::of_connection(&error.without_url()))?;
        let gzip = compression == Compression::Gzip;
        let mut headers = target.headers.clone();
        headers.insert(header::CONTENT_TYPE, PROTOBUF);
        if gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self { client, url: target.url.clone(), headers, gzip })
    }

    /// A message as it is sent.
    pub(super) fn body(&self, message: &Bytes) -> Bytes {
        if !self.gzip {
            return message.clone();
        }
        let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
        // Into memory: neither can fail.
        let _ = encoder.write_all(message);
        encoder.finish().unwrap_or_default().into()
    }

    pub(super) async fn send(self, body: Bytes) -> Result<Accepted, Refusal> {
        let sent = self.client.post(self.url).headers(self.headers).body(body).send().await;
        let response = sent.map_err(later)?;
        let status = response.status();
        if status.is_success() {
            let content_type = content_type(&response);
            // Where the connection is lost now, the request may have been taken, and may not.
            return answer::read_response(content_type.as_deref(), &read(response).await.map_err(later)?);
        }
        let retry_after =
            response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let is_protobuf = content_type(&response).is_some_and(|kind| kind.as_bytes() == PROTOBUF.as_bytes());
        // The status decides, with a message or without one.
        let message = read(response).await.map(|body| answer::read_error(&body, is_protobuf)).unwrap_or_default();
        Err(answer::of_http_status(status.as_u16(), retry_after.as_deref(), &message))
    }
}

fn later(error: reqwest::Error) -> Refusal {
    answer::of_failure(&error.without_url())
}

fn content_type(response: &Response) -> Option<String> {
    response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}

async fn read(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < LONGEST_ANSWER
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(LONGEST_ANSWER);
    Ok(body)
}
