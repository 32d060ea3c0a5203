//! Whole answers and streams, of both endpoints, all at once.

use llm_span_examples::provider::{Model, Provider};

use super::{
    books::{self, Cut, Requests},
    tools::{Kind, load},
};
use crate::{collector::Collector, configs, process::Setup, programs::hey};

/// Of each kind.
const EACH: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_answers_and_streams_of_50_connections_each_are_counted_to_the_last() {
    let Some(hey) = hey() else { return };
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_production(&collector)).start(&provider);
    let loads = Kind::ALL.map(|kind| {
        let (hey, gateway) = (&hey, &gateway);
        async move { load(hey, gateway, kind.path(), &kind.body(Model::Answers), EACH).await }
    });
    futures_util::future::join_all(loads).await;

    let requests = Kind::ALL.into_iter().fold(Requests::default(), |all, kind| all.add(kind.path(), "200", EACH));
    let scrape = books::at_rest(&gateway, &requests).await;
    let served = provider.served();
    assert_eq!((served.answered, served.streams), (4 * EACH, 2 * EACH), "{served:?}");
    books::requests(&scrape, &requests);
    books::calls(&scrape, &served, Cut::default());
    books::tokens(&scrape, &served);
    books::chunks(&scrape, &served, Cut::default()).await;
    books::store(&scrape, &[("create", 2 * EACH)]);

    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let lines = ended.lines_of("request served");
    assert_eq!(lines.iter().filter(|(_, line)| line["method"] == "POST" && line["ended"] == "ok").count() as u64, 4 * EACH);
    assert_eq!(ended.lines_of("response generated").len() as u64, 4 * EACH);
}
