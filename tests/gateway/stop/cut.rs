//! What takes longer than the grace time.

use futures_util::future::join_all;
use llm_span_examples::provider::{Provider, Settings};
use tokio::time::timeout;

use super::{NEVER, SOON, busy, told::Told, told_to_stop};
use crate::{
    client::Got,
    collector::Collector,
    configs,
    process::{FOR_EVER, Setup},
};

/// Of each kind.
const EACH: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_longer_than_the_grace_time_is_cut_and_told_as_such() {
    let settings = Settings { between_chunks: NEVER, slow: NEVER, ..Settings::default() };
    let (provider, collector) = (Provider::start_with(settings).await.unwrap(), Collector::start());
    let setup = Setup::with_config(&configs::of_jaeger(&collector)).variable("LLM_SPAN_SQLITE_PATH", "telemetry.db");
    let gateway = setup.arguments(["--grace", "1"]).start(&provider);
    let clients = busy(&gateway, &provider, 4 * EACH).await;
    told_to_stop(&gateway);
    let ended = gateway.end();
    assert!(ended.is_well() && ended.took < SOON, "{ended:?}");
    let lines = ended.lines_of("stopped: requests were still under way when the grace time was over, and were cut");
    assert!(matches!(&lines[..], [(_, line)] if line["cut"] == 4 * EACH && line["level"] == "WARN"), "{ended:?}");

    for (kind, got) in join_all(clients.into_iter().map(async |(kind, client)| (kind, client.rest().await))).await {
        assert!(matches!((kind.is_stream(), &got), (true, Got::Broken(_)) | (false, Got::Nothing)), "{kind:?}: {got:?}");
    }
    let served = timeout(FOR_EVER, provider.served_when(|served| served.under_way() == 0)).await.unwrap();
    assert_eq!(served.cut_off, 4 * EACH as u64);
    let mut all = Told::new("200", "cancelled", "cancelled", 2 * EACH);
    all.add("", "cancelled", "cancelled", 2 * EACH);
    assert_eq!(Told::to(&collector), all);
    assert_eq!(Told::in_file(&ended, "telemetry.db"), all);
}
