//! A gateway that is told to stop while clients ask it again and again.

use futures_util::future::join_all;
use llm_span_examples::provider::{Model, Provider};
use tokio::time::timeout;

use super::told::Told;
use crate::{
    client::{Client, Got},
    collector::Collector,
    configs,
    load::Kind,
    process::{FOR_EVER, Gateway, Setup},
};

const CLIENTS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_broken_and_each_is_told_when_it_stops_and_starts_again() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let setup = Setup::with_config(&configs::of_jaeger(&collector)).variable("OTEL_METRICS_EXPORTER", "otlp");
    let gateway = setup.start(&provider);
    let address = gateway.address();
    let clients = Kind::ALL.into_iter().cycle().take(CLIENTS).map(|kind| ask_on(&gateway, kind));
    let stop = async {
        timeout(FOR_EVER, provider.served_when(|served| served.answered >= CLIENTS as u64)).await.unwrap();
        gateway.signal("TERM");
    };
    let (answers, ()) = tokio::join!(join_all(clients), stop);
    let answers: usize = answers.into_iter().sum();

    let ended = gateway.end();
    assert!(ended.is_well(), "{ended:?}");
    assert_eq!(ended.lines_of("stopped: all requests have ended").len(), 1, "{ended:?}");
    let served = provider.served();
    assert_eq!((served.answered, served.requests), (answers as u64, answers as u64));
    assert_eq!(ended.lines_of("request served").len(), answers);
    assert_eq!(Told::to(&collector), Told::new("200", "", "ok", answers));
    for metric in ["http_requests_total", "provider_requests_total"] {
        let sums = collector.received().sums(metric);
        #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "counts of a test")]
        let is_told = sums.values().sum::<f64>() == answers as f64;
        assert!(is_told, "{metric}: {answers}, not {sums:?}");
    }

    let again = Setup::without_config().at(address).start(&provider);
    let body = Kind::Response.body(Model::Answers);
    assert_eq!(again.post(Kind::Response.path(), &body).send().await.unwrap().status(), 200);
    assert!(again.stop().is_well());
}

/// Asks until nobody answers any more, and tells how many answers there were. Each is whole.
async fn ask_on(gateway: &Gateway, kind: Kind) -> usize {
    let body = kind.body(Model::Answers);
    let mut answers = 0;
    while let Ok(client) = Client::ask(gateway.address(), kind.path(), &body).await {
        match client.rest().await {
            Got::Whole(200, _) => answers += 1,
            Got::Nothing => break,
            other => panic!("{kind:?}: {other:?}"),
        }
    }
    answers
}
