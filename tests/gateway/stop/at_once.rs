//! A gateway that is told twice to stop.

use llm_span_examples::provider::{Provider, Settings};

use super::{NEVER, busy, told::Told, told_to_stop};
use crate::{collector::Collector, configs, process::Setup};

const CLIENTS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_it_at_once_and_it_tells_all_the_same() {
    let settings = Settings { between_chunks: NEVER, slow: NEVER, ..Settings::default() };
    let (provider, collector) = (Provider::start_with(settings).await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_jaeger(&collector)).arguments(["--grace", "3600"]).start(&provider);
    let _clients = busy(&gateway, &provider, CLIENTS).await;
    told_to_stop(&gateway);
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let lines = ended.lines_of("stopped at once: requests under way were cut");
    assert!(matches!(&lines[..], [(_, line)] if line["cut"] == CLIENTS), "{ended:?}");
    assert_eq!(Told::to(&collector).calls, [("cancelled".to_owned(), CLIENTS)].into());
}
