//! A small service whose metrics Prometheus scrapes: a gateway to a model, with conversations, an agent, and a queue of tasks.
//!
//! | file | what it is about |
//! |---|---|
//! | `telemetry.rs` | the layers, the sets of metrics |
//! | `expected.rs` | counters that stand at 0 before the first call |
//! | `http.rs`, `routes.rs` | requests, each in a span of kind SERVER; `GET /metrics` among them |
//! | `models.rs`, `agent.rs` | annotated calls: chats, streams, embeddings, an agent with a tool |
//! | `store.rs`, `queue.rs`, `mcp.rs` | spans that are no calls: store operations, tasks that wait, a tool's server |
//! | `gauges.rs` | what outlives spans: told by callbacks |
//! | `round.rs` | who calls the service |
//! | `queries.md` | what dashboards ask of it |

mod agent;
mod error;
mod expected;
mod gauges;
mod http;
mod mcp;
mod models;
mod queue;
mod round;
mod routes;
mod store;
mod telemetry;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};

pub use error::ServiceError;
pub use telemetry::{SETS, Telemetry};

use crate::{
    endpoint::Endpoint,
    provider::{Provider, Served, Settings},
};
use routes::App;

/// The service, the provider it calls, and who calls the service. It runs until it is dropped, on the runtime it is started in.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    provider: Provider,
    caller: round::Caller,
    server: JoinHandle<()>,
}

impl Service {
    /// Starts it on a free loopback port. The provider is the embedded one: rounds of calls without end would cost money elsewhere.
    ///
    /// # Errors
    ///
    /// When a port could not be opened, or a gauge is none of the telemetry's.
    pub async fn start(telemetry: &Telemetry) -> Result<Self, ServiceError> {
        let endpoint = Endpoint::embedded(Settings::default()).await?.without_retries();
        // Neither a proxy nor the machine's certificates are wanted on the way to a loopback port.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let Some(provider) = endpoint.embedded else { return Err(ServiceError::Answer("there is no provider".into())) };
        let app = Arc::new(App::new(endpoint.client, telemetry.prometheus.clone()));
        gauges::register(&telemetry.gauges, &app)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(http::serve(listener, app));
        let caller = round::Caller { http, base_url: format!("http://{address}") };
        Ok(Self { address, provider, caller, server })
    }

    /// Where it serves, `/metrics` among the rest.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes a round of requests: each route, and each way in which a request ends.
    ///
    /// # Errors
    ///
    /// When a request is not answered as it should be.
    pub async fn round(&self) -> Result<(), ServiceError> {
        self.caller.round().await
    }

    /// What the provider has served: what the counters have to say, too.
    pub fn served(&self) -> Served {
        self.provider.served()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}
