//! What is under way when a gateway is told to stop.

use std::time::Duration;

use futures_util::future::join_all;
use llm_span_examples::provider::{Model, Provider, Settings};
use tokio::net::TcpStream;

use super::{busy, told::Told, told_to_stop};
use crate::{client::Got, collector::Collector, configs, load::Kind, process::Setup};

const CLIENTS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_whole_while_a_new_gateway_has_the_address_already() {
    // A stream takes two seconds, and so does the slow model.
    let (between_chunks, slow) = (Duration::from_millis(100), Duration::from_secs(2));
    let provider = Provider::start_with(Settings { between_chunks, slow, ..Settings::default() }).await.unwrap();
    let (collector, next_collector) = (Collector::start(), Collector::start());
    let setup = Setup::with_config(&configs::of_jaeger(&collector)).variable("LLM_SPAN_SQLITE_PATH", "telemetry.db");
    let gateway = setup.start(&provider);
    let address = gateway.address();
    let clients = busy(&gateway, &provider, CLIENTS).await;

    told_to_stop(&gateway);
    assert!(TcpStream::connect(address).await.is_err());
    assert!(provider.served().under_way() > 0, "too slow to see anything under way");

    let next = Setup::with_config(&configs::of_jaeger(&next_collector)).at(address).start(&provider);
    let body = Kind::Chat.body(Model::Answers);
    assert_eq!(next.post(Kind::Chat.path(), &body).send().await.unwrap().status(), 200);

    for (kind, got) in join_all(clients.into_iter().map(async |(kind, client)| (kind, client.rest().await))).await {
        let end = match kind {
            Kind::ChatStream => "data: [DONE]\n\n",
            Kind::ResponseStream => "event: response.completed\n",
            Kind::Chat | Kind::Response => "",
        };
        assert!(matches!(&got, Got::Whole(200, body) if body.contains(end)), "{kind:?}: {got:?}");
    }
    let ended = gateway.end();
    assert!(ended.is_well(), "{ended:?}");
    assert_eq!(ended.lines_of("request served").len(), CLIENTS);
    let all = Told::new("200", "", "ok", CLIENTS);
    assert_eq!(Told::to(&collector), all);
    assert_eq!(Told::in_file(&ended, "telemetry.db"), all);

    assert!(next.stop().is_well());
    assert_eq!(Told::to(&next_collector), Told::new("200", "", "ok", 1));
    let served = provider.served();
    assert_eq!((served.answered, served.requests), (CLIENTS as u64 + 1, CLIENTS as u64 + 1));
}
