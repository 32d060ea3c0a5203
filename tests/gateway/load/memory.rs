//! What a gateway takes of memory.

use std::{fs, time::Duration};

use futures_util::future::join_all;
use llm_span_examples::provider::{Model, Provider, Settings};

use super::tools::{CONNECTIONS, Kind, load};
use crate::{
    client::Client,
    collector::Collector,
    configs,
    process::{Gateway, Setup},
    programs::hey,
};

/// Requests of each kind in a round.
const EACH: u64 = 50;

/// The first rounds fill caches and buffers; from then on it stays within this much, in KiB: it is what buffers of spans that wait for their export
/// come to. Of requests that left something behind it would be some KiB each.
const ALLOWANCE: u64 = 3 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_of_the_same_load_do_not_take_more_and_more_memory() {
    let Some(hey) = hey() else { return };
    let settings = Settings { first_chunk: Duration::from_millis(5), ..Settings::default() };
    let (provider, collector) = (Provider::start_with(settings).await.unwrap(), Collector::start());
    // The allocator has a pool for each of several threads; one fills up sooner than all of them.
    let setup = Setup::with_config(&configs::of_jaeger(&collector)).variable("MALLOC_ARENA_MAX", "1");
    let gateway = setup.start(&provider);
    let mut after = Vec::new();
    for _ in 0..4 {
        for kind in Kind::ALL {
            let mut body = kind.body(Model::Answers);
            if kind.path() == "/v1/responses" {
                // A store is there to grow.
                body["store"] = false.into();
            }
            tokio::join!(load(&hey, &gateway, kind.path(), &body, EACH), hang_up(&gateway));
        }
        gateway.scraped(|scrape| scrape.is("gateway_spans_open", &[], 1)).await;
        after.push(resident(&gateway));
    }
    assert!(after[3] <= after[1] + ALLOWANCE, "KiB after each round: {after:?}");
    assert!(gateway.stop().is_well());
}

/// Clients that go half-way.
async fn hang_up(gateway: &Gateway) {
    let address = gateway.address();
    join_all((0..CONNECTIONS / 5).map(async |_| {
        let kind = Kind::ChatStream;
        let mut client = Client::ask(address, kind.path(), &kind.body(Model::Answers)).await.unwrap();
        client.until("data: {").await;
    }))
    .await;
}

/// In KiB.
fn resident(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    resident.unwrap().parse().unwrap()
}
