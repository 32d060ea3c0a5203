//! Where calls go: to the embedded provider, or to what the environment names.

use std::{
    env::VarError,
    fmt, io,
    task::{Context, Poll},
    time::Duration,
};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    middleware::{HttpRequestFactory, ReqwestService},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use llm_span::propagation::Carried;
use reqwest::{Url, header::HeaderValue};
use tower_service::Service;

use crate::provider::{self, Model, Provider};

/// A client, and the model to ask.
///
/// `OPENAI_BASE_URL` and `OPENAI_API_KEY` together name a server that speaks the OpenAI API, `OPENAI_MODEL` a model of it. Without
/// `OPENAI_BASE_URL` it is the embedded provider: a key in the environment alone costs nobody money.
#[derive(Debug)]
pub struct Endpoint {
    /// Speaks to it.
    pub client: Client<OpenAIConfig>,
    /// A model that answers.
    pub model: String,
    /// The embedded provider, if it is that; it runs as long as this is kept.
    pub embedded: Option<Provider>,
    http: reqwest::Client,
}

impl Endpoint {
    /// The server that the environment names, else the embedded provider.
    ///
    /// # Errors
    ///
    /// A variable has a value that can't be used, or the embedded provider did not start.
    pub async fn from_env() -> Result<Self, EndpointError> {
        Self::from_env_or(provider::Settings::default()).await
    }

    /// The server that the environment names, else the embedded provider, which behaves as `settings` say.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub async fn from_env_or(settings: provider::Settings) -> Result<Self, EndpointError> {
        match Settings::read(|name| std::env::var(name))? {
            Some(named) => named.connect(),
            None => Self::embedded(settings).await,
        }
    }

    /// The embedded provider, which behaves as `settings` say.
    ///
    /// # Errors
    ///
    /// It did not start.
    pub async fn embedded(settings: provider::Settings) -> Result<Self, EndpointError> {
        let provider = Provider::start_with(settings).await.map_err(EndpointError::Provider)?;
        // Neither a proxy nor the machine's certificates are wanted on the way to a loopback port.
        let http = http_client(|http| http.no_proxy().tls_certs_only([]))?;
        let config = OpenAIConfig::new().with_api_base(provider.base_url()).with_api_key("embedded");
        let config = config.with_org_id("").with_project_id("");
        let client = Client::build(http.clone(), config);
        Ok(Self { client, model: Model::Answers.name().into(), embedded: Some(provider), http })
    }

    /// The same with a client that sends each request once. Left to itself it sends up to four, and nobody sees the attempts.
    #[must_use]
    pub fn without_retries(mut self) -> Self {
        self.client = self.client.with_http_service(ReqwestService::new(self.http.clone()));
        self
    }

    /// The same with a client whose requests carry the trace that they are sent in. It sends each one once, like that
    /// [`without_retries`](Self::without_retries).
    #[must_use]
    pub fn with_trace_context(mut self) -> Self {
        self.client = self.client.with_http_service(TraceContext::new(self.http.clone()));
        self
    }
}

/// Sends requests that carry the trace context of the span in which they are sent, each one once:
/// `client.with_http_service(TraceContext::new(http))`. Baggage stays at home: a provider is somebody else's.
#[derive(Clone, Debug)]
pub struct TraceContext {
    http: reqwest::Client,
}

impl TraceContext {
    /// Sends by this client.
    pub const fn new(http: reqwest::Client) -> Self {
        Self { http }
    }
}

impl Service<HttpRequestFactory> for TraceContext {
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = BoxFuture<'static, Result<reqwest::Response, OpenAIError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let http = self.http.clone();
        let sent = async move {
            let mut request = request.build().await?;
            Carried::current().without_baggage().inject(request.headers_mut());
            http.execute(request).await.map_err(OpenAIError::Reqwest)
        };
        sent.boxed()
    }
}

/// What the environment says.
#[derive(Debug, PartialEq)]
struct Settings {
    base_url: String,
    key: String,
    model: String,
}

impl Settings {
    /// `None` where no server is named. An empty variable counts as one that is not set.
    fn read(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Option<Self>, EndpointError> {
        let read = |name| match variable(name) {
            Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(EndpointError::Variable(name, "it is not UTF-8".into())),
        };
        let Some(base_url) = read("OPENAI_BASE_URL")? else { return Ok(None) };
        let wrong_url = |why: &str| EndpointError::Variable("OPENAI_BASE_URL", format!("`{base_url}`: {why}"));
        let url = Url::parse(&base_url).map_err(|error| wrong_url(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong_url("expected `https://HOST/v1` or the like"));
        }
        let no_key = || EndpointError::Variable("OPENAI_API_KEY", "it is needed beside OPENAI_BASE_URL".into());
        let key = read("OPENAI_API_KEY")?.ok_or_else(no_key)?;
        // The client panics on what can't stand in a header. Not shown: the key is a secret.
        for name in ["OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"] {
            if read(name)?.is_some_and(|value| HeaderValue::from_str(&value).is_err()) {
                return Err(EndpointError::Variable(name, "it has characters that no HTTP header may have".into()));
            }
        }
        let model = read("OPENAI_MODEL")?.unwrap_or_else(|| "gpt-4o".into());
        Ok(Some(Self { base_url: base_url.trim_end_matches('/').to_owned(), key, model }))
    }

    fn connect(self) -> Result<Endpoint, EndpointError> {
        let http = http_client(|http| http)?;
        let config = OpenAIConfig::new().with_api_base(self.base_url).with_api_key(self.key);
        Ok(Endpoint { client: Client::build(http.clone(), config), model: self.model, embedded: None, http })
    }
}

fn http_client(choose: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<reqwest::Client, EndpointError> {
    // The default, aws-lc, needs CMake or takes minutes to build. Where one is installed already, that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(120));
    choose(http).build().map_err(EndpointError::Client)
}

/// Why there is nowhere to send calls to. `Debug` prints what `Display` prints: it is what a `main` that returns it shows.
#[non_exhaustive]
pub enum EndpointError {
    /// An environment variable, and what is wrong with it.
    Variable(&'static str, String),
    /// The HTTP client was not built.
    Client(reqwest::Error),
    /// The embedded provider did not start.
    Provider(io::Error),
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name, what) => write!(f, "environment variable {name}: {what}"),
            Self::Client(error) => write!(f, "the HTTP client was not built: {error}"),
            Self::Provider(error) => write!(f, "the embedded provider did not start: {error}"),
        }
    }
}

impl fmt::Debug for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for EndpointError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Settings::read(|name| value(name).ok_or(VarError::NotPresent)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_is_called_only_when_it_is_named() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("OPENAI_API_KEY", "key"), ("OPENAI_BASE_URL", "")]), Ok(None));
        let named = read(&[("OPENAI_API_KEY", "key"), ("OPENAI_BASE_URL", "https://api.openai.com/v1/")]);
        let expected = Settings { base_url: "https://api.openai.com/v1".into(), key: "key".into(), model: "gpt-4o".into() };
        assert_eq!(named, Ok(Some(expected)));
    }

    #[test]
    fn what_cannot_be_used_is_said_and_no_key_is_shown() {
        for (url, key, expected) in [
            ("api.openai.com", "key", "OPENAI_BASE_URL: `api.openai.com`"),
            ("ftp://files/v1", "key", "expected `https://HOST/v1`"),
            ("https://host/v1?a=b", "key", "expected `https://HOST/v1`"),
            ("https://host/v1", "", "OPENAI_API_KEY: it is needed"),
            ("https://host/v1", "secret\nkey", "OPENAI_API_KEY: it has characters"),
        ] {
            let error = read(&[("OPENAI_BASE_URL", url), ("OPENAI_API_KEY", key)]).unwrap_err();
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
    }
}
