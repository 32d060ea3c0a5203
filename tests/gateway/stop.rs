//! Told to stop, a gateway ends what is under way, tells of all that it has done, and leaves with 0.

mod at_once;
mod background;
mod cut;
mod told;
mod under_load;
mod under_way;

use std::time::Duration;

use futures_util::future::join_all;
use llm_span_examples::provider::{Model, Provider};
use tokio::time::timeout;

use crate::{
    client::Client,
    load::Kind,
    process::{FOR_EVER, Gateway},
};

/// Longer than a test takes.
const NEVER: Duration = Duration::from_secs(3600);

/// A second of grace, and what a busy machine needs to end.
const SOON: Duration = Duration::from_secs(15);

/// Clients that wait for the slow model, and such as have a part of a stream, by turns. The provider has all their calls.
async fn busy(gateway: &Gateway, provider: &Provider, clients: usize) -> Vec<(Kind, Client)> {
    let address = gateway.address();
    let clients = Kind::ALL.into_iter().cycle().take(clients).map(async |kind| {
        let model = if kind.is_stream() { Model::Answers } else { Model::Slow };
        let mut client = Client::ask(address, kind.path(), &kind.body(model)).await.unwrap();
        if kind.is_stream() {
            client.until("data: {").await;
        }
        (kind, client)
    });
    let before = provider.served().requests;
    let clients = join_all(clients).await;
    let calls = clients.len() as u64;
    timeout(FOR_EVER, provider.served_when(|served| served.requests - before == calls)).await.unwrap();
    clients
}

/// Told to stop, it takes no more connections from now on.
fn told_to_stop(gateway: &Gateway) {
    gateway.signal("TERM");
    let line = gateway.wait_for_line("stopping", |line| line["msg"] == "stopping: requests under way may end");
    assert_eq!(line["by"], "SIGTERM");
}
