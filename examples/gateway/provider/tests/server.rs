//! A provider that answers whatever a test has it answer, and keeps what it is sent.

use std::sync::Arc;

use async_openai::{Client, config::OpenAIConfig};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, header::CONTENT_TYPE},
};
use llm_span_examples::endpoint::TraceContext;
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc, task::AbortHandle};

use super::super::OpenAi;

pub(super) struct Server {
    base_url: String,
    requests: mpsc::UnboundedReceiver<(HeaderMap, Value)>,
    serving: AbortHandle,
}

impl Server {
    /// Answers each request so.
    pub(super) async fn answering(kind: &'static str, body: impl Into<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        let body: Arc<str> = body.into().into();
        let answer = async move |headers: HeaderMap, sent: Bytes| {
            sender.send((headers, serde_json::from_slice(&sent).unwrap())).unwrap();
            ([(CONTENT_TYPE, kind)], body.to_string())
        };
        let serving = tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await }).abort_handle();
        Self { base_url, requests, serving }
    }

    pub(super) fn provider(&self) -> OpenAi {
        OpenAi::new(client(&self.base_url, http(|http| http)))
    }

    /// The next request.
    pub(super) async fn request(&mut self) -> (HeaderMap, Value) {
        self.requests.recv().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(super) fn http(choose: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> reqwest::Client {
    choose(reqwest::Client::builder().no_proxy().tls_certs_only([])).build().unwrap()
}

pub(super) fn client(base_url: &str, http: reqwest::Client) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new().with_api_base(base_url).with_api_key("key").with_org_id("").with_project_id("");
    Client::build(http.clone(), config).with_http_service(TraceContext::new(http))
}
