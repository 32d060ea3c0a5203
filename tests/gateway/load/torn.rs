//! A load generator that goes when its time is over, in the midst of all its requests.

use std::{fs, time::Duration};

use llm_span_examples::provider::{Model, Provider, Settings};
use tempfile::TempDir;
use tokio::time::timeout;

use super::tools::{CONNECTIONS, Kind};
use crate::{
    collector::Collector,
    configs,
    process::{FOR_EVER, Setup},
    programs::{run, wrk},
    scrape::Scrape,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_is_torn_off_leaves_nothing_open_and_is_counted_but_for_what_was_ending() {
    let Some(wrk) = wrk() else { return };
    let settings = Settings { between_chunks: Duration::from_millis(5), slow: Duration::from_secs(3600), ..Settings::default() };
    let (provider, collector) = (Provider::start_with(settings).await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_production(&collector)).start(&provider);
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("kinds.lua");
    fs::write(&script, by_turns()).unwrap();
    let line = format!("wrk -t 2 -c {CONNECTIONS} -d 2s --timeout 60s -s '{}' http://localhost:8080", script.display());
    let url = gateway.url("");
    let report = tokio::task::spawn_blocking(move || run(&wrk, &line, &url)).await.unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("requests in") && !report.contains("Non-2xx"), "{report}");

    let are_closed =
        |scrape: &Scrape| scrape.is("gateway_spans_open", &[], 1) && scrape.is("twinkle_sampling_sessions_active", &[], 0);
    gateway.scraped(are_closed).await;
    let scrape = gateway.scraped(are_closed).await;
    let served = timeout(FOR_EVER, provider.served_when(|served| served.under_way() == 0)).await.unwrap();
    let count = |name: &str, labels: &[(&str, &str)]| scrape.count(name, labels);
    // What was torn off as it ended is whole to the one, and not to the other: it is one request of each connection at most.
    let is_nearly = |counted: u64, served: u64| counted <= served && served <= counted + CONNECTIONS;
    let (calls, answered) = (count("provider_requests_total", &[]), count("provider_requests_total", &[("status", "success")]));
    assert!(is_nearly(served.requests, calls) && is_nearly(answered, served.answered), "{served:?}\n{}", scrape.0);
    assert!(answered > 0 && served.failed == 0 && served.cut_off > 0, "{served:?}");
    let requests = [("method", "POST")];
    assert_eq!(count("http_requests_total", &requests), count("twinkle_http_requests_total", &requests), "{}", scrape.0);
    assert!(is_nearly(calls, count("http_requests_total", &requests)), "{}", scrape.0);
    // Each that was answered has told of as many tokens as any other; so may have one that was torn off after that.
    let each = served.prompt_tokens / served.answered;
    let tokens = count("provider_tokens_total", &[("type", "input")]);
    assert!(tokens.is_multiple_of(each) && is_nearly(answered, tokens / each), "{}", scrape.0);
    assert!(gateway.stop().is_well());
}

/// A script by which all kinds are asked for by turns. One request of each thread has no answer: that one is torn off for sure.
fn by_turns() -> String {
    let kind = |kind: Kind, model| format!("{{'{}', [==[{}]==]}}", kind.path(), kind.body(model));
    let kinds = Kind::ALL.map(|asked| kind(asked, Model::Answers)).join(", ");
    let slow = kind(Kind::Chat, Model::Slow);
    format!(
        "local headers = {{['Content-Type'] = 'application/json'}}
local kinds = {{{kinds}}}
local asked = 0
function request()
  asked = asked + 1
  local kind = asked == 20 and {slow} or kinds[asked % #kinds + 1]
  return wrk.format('POST', kind[1], headers, kind[2])
end
"
    )
}
