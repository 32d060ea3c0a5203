//! Clients that hang up.

use std::time::Duration;

use futures_util::future::join_all;
use llm_span_examples::provider::{Model, Provider, Settings};
use tokio::time::timeout;

use super::{
    books::{self, Cut, Requests},
    tools::{CONNECTIONS, Kind, load},
};
use crate::{
    client::Client,
    collector::Collector,
    configs,
    process::{FOR_EVER, Gateway, Setup},
    programs::hey,
};

/// Longer than a test takes. So an answer that is hung up on is never whole: nobody has to be quick.
const NEVER: Duration = Duration::from_secs(3600);

/// Of each kind.
const EACH: u64 = CONNECTIONS / 5;

/// The answers that others get meanwhile.
const OTHERS: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_is_counted_once_and_leaves_nothing_open() {
    let Some(hey) = hey() else { return };
    // A stream stops after its first chunk; a whole answer of the slow model does not come.
    let settings = Settings { first_chunk: Duration::ZERO, between_chunks: NEVER, slow: NEVER, ..Settings::default() };
    let (provider, collector) = (Provider::start_with(settings).await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_production(&collector)).start(&provider);

    let waiting = half_way(&gateway).await;
    provider_has(&provider, CONNECTIONS).await;
    // That of a request, and that of its call.
    gateway.scraped(|scrape| scrape.is("gateway_spans_open", &[], 2 * CONNECTIONS + 1)).await;
    let scrape = gateway.scraped(|scrape| scrape.is("twinkle_sampling_sessions_active", &[], 3 * EACH)).await;
    scrape.expect("http_requests_total", &[("method", "POST")], 0);

    let others = [Kind::Chat, Kind::Response];
    let served = others.map(|kind| {
        let (hey, gateway) = (&hey, &gateway);
        async move { load(hey, gateway, kind.path(), &kind.body(Model::Answers), OTHERS).await }
    });
    let hang_up = async {
        provider_has(&provider, CONNECTIONS + OTHERS / 2).await;
        drop(waiting);
    };
    tokio::join!(join_all(served), hang_up);

    let requests =
        Requests::default().add("/v1/chat/completions", "200", OTHERS + EACH).add("/v1/chat/completions", "", 2 * EACH);
    let requests = requests.add("/v1/responses", "200", OTHERS + EACH).add("/v1/responses", "", EACH);
    let scrape = books::at_rest(&gateway, &requests).await;
    let ended = provider.served_when(|served| served.under_way() == 0);
    let served = timeout(FOR_EVER, ended).await.unwrap();
    let cut = Cut { whole: 2 * EACH, unbegun_streams: EACH, streams: 2 * EACH, chunks_each: 1 };
    assert_eq!((served.answered, served.cut_off), (2 * OTHERS, CONNECTIONS), "{served:?}");
    books::requests(&scrape, &requests);
    books::calls(&scrape, &served, cut);
    books::tokens(&scrape, &served);
    books::chunks(&scrape, &served, cut).await;
    // What was hung up on is not kept.
    books::store(&scrape, &[("create", OTHERS)]);

    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let lines = ended.lines_of("request served");
    let told = |word: &str| lines.iter().filter(|(_, line)| line["method"] == "POST" && line["ended"] == word).count() as u64;
    assert_eq!((told("ok"), told("cancelled"), told("error")), (2 * OTHERS, CONNECTIONS, 0));
}

/// Clients in the middle of a stream, and such as wait for an answer.
async fn half_way(gateway: &Gateway) -> Vec<Client> {
    let address = gateway.address();
    let slow = [(Kind::Chat, Model::Slow), (Kind::Response, Model::Slow), (Kind::ChatStream, Model::Slow)];
    let stopped = [(Kind::ChatStream, Model::Answers), (Kind::ResponseStream, Model::Answers)];
    let all = slow.into_iter().chain(stopped).flat_map(|kind| (0..EACH).map(move |_| kind));
    let clients = all.map(async |(kind, model)| {
        let mut client = Client::ask(address, kind.path(), &kind.body(model)).await.unwrap();
        if model == Model::Answers {
            client.until("data: {").await;
        }
        client
    });
    join_all(clients).await
}

async fn provider_has(provider: &Provider, requests: u64) {
    timeout(FOR_EVER, provider.served_when(|served| served.requests >= requests)).await.unwrap();
}
