//! The load of the document's section "Testing Observability".

use llm_span_examples::provider::Provider;

use super::{
    books::{self, Requests},
    tools::{Kind, answers},
};
use crate::{
    collector::Collector,
    configs,
    process::Setup,
    programs::{hey, run},
};

/// The document's command.
const HEY: &str = r#"hey -n 1000 -c 10 -m POST \
  -H "Content-Type: application/json" \
  -d '{"model":"gpt-4o-mini","input":"test"}' \
  http://localhost:8080/v1/responses"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_5_the_documents_load_is_counted_to_the_last_request() {
    let Some(hey) = hey() else { return };
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_production(&collector)).start(&provider);
    let url = gateway.url("");
    let report = tokio::task::spawn_blocking(move || run(&hey, HEY, &url)).await.unwrap();
    assert_eq!(answers(&report, 200), 1000, "{report:?}");

    let requests = Requests::default().add(Kind::Response.path(), "200", 1000);
    let scrape = books::at_rest(&gateway, &requests).await;
    let served = provider.served();
    assert_eq!(served.answered, 1000);
    books::requests(&scrape, &requests);
    books::calls(&scrape, &served, books::Cut::default());
    books::tokens(&scrape, &served);
    // The store is asked from time to time, and not by a scrape.
    gateway.scraped(|scrape| scrape.is("conversation_active_count", &[], 1000)).await;
    assert!(gateway.stop().is_well());
}
