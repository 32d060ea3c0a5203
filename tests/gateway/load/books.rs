//! What the counters have to say when all is over, by what the provider has served and what clients have asked.

use std::collections::BTreeMap;

use llm_span_examples::provider::{Model, Provider, Served};

use super::tools::Kind;
use crate::{client::Client, process::Gateway, scrape::Scrape};

/// Requests that clients have sent, all of them POST: how many of each path and status. The status of one whose client went away before
/// there was a response is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(BTreeMap<(&'static str, &'static str), u64>);

/// Calls whose client went away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    pub(super) whole: u64,
    /// Before there was a chunk.
    pub(super) unbegun_streams: u64,
    /// After so many chunks each.
    pub(super) streams: u64,
    pub(super) chunks_each: u64,
}

impl Requests {
    pub(super) fn add(mut self, path: &'static str, status: &'static str, count: u64) -> Self {
        *self.0.entry((path, status)).or_default() += count;
        self
    }

    fn all(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Waits until all of that is counted and nothing is open any more, but for the request of the scrape itself.
pub(super) async fn at_rest(gateway: &Gateway, requests: &Requests) -> Scrape {
    let all = requests.all();
    let is_at_rest = |scrape: &Scrape| {
        scrape.is("http_requests_total", &[("method", "POST")], all)
            && scrape.is("gateway_spans_open", &[], 1)
            && ["twinkle_queue_depth", "twinkle_sampling_sessions_active", "twinkle_futures_active"]
                .into_iter()
                .all(|gauge| scrape.is(gauge, &[], 0))
    };
    gateway.scraped(is_at_rest).await;
    // The counters of one span are counted one after the other: those of the last one are told by the next scrape for sure.
    gateway.scraped(is_at_rest).await
}

/// Each request is counted once, by its route and its status.
pub(super) fn requests(scrape: &Scrape, requests: &Requests) {
    for ((path, status), count) in &requests.0 {
        let labels = [("method", "POST"), ("path", *path), ("status", *status)];
        for metric in ["http_requests_total", "http_request_duration_seconds_count"] {
            scrape.expect(metric, &labels, *count);
        }
        let of_status = requests.0.iter().filter(|((_, other), _)| other == status);
        let labels = [("deployment", "Gateway"), labels[0], labels[2]];
        scrape.expect("twinkle_http_requests_total", &labels, of_status.map(|(_, count)| count).sum());
    }
    for metric in [
        "http_requests_total",
        "http_request_duration_seconds_count",
        "http_request_size_bytes_count",
        "http_response_size_bytes_count",
        "twinkle_http_requests_total",
        "twinkle_http_request_duration_seconds_count",
    ] {
        scrape.expect(metric, &[("method", "POST")], requests.all());
    }
}

/// Each call is counted once, by how it ended.
pub(super) fn calls(scrape: &Scrape, served: &Served, cut: Cut) {
    let cut_streams = cut.unbegun_streams + cut.streams;
    assert_eq!((served.cut_off, served.failed), (cut.whole + cut_streams, 0), "{served:?}");
    for (operation, answered, cut) in
        [("generate", served.answered - served.streams, cut.whole), ("generate_stream", served.streams, cut_streams)]
    {
        let operation = ("operation", operation);
        scrape.expect("provider_requests_total", &[operation, ("status", "success")], answered);
        scrape.expect("provider_requests_total", &[operation, ("status", "error")], cut);
        scrape.expect("provider_request_duration_seconds_count", &[operation], answered + cut);
    }
    scrape.expect("provider_requests_total", &[], served.requests);
    scrape.expect("gen_ai_client_operation_duration_seconds_count", &[], served.requests);
    scrape.expect("provider_stream_duration_seconds_count", &[], served.streams + cut_streams);
    scrape.expect("provider_stream_ttfb_seconds_count", &[], served.streams + cut.streams);
}

/// Each token that a whole answer has told of is counted once.
pub(super) fn tokens(scrape: &Scrape, served: &Served) {
    let Served { prompt_tokens, completion_tokens, .. } = *served;
    for (kind, name, tokens) in [("input", "prompt", prompt_tokens), ("output", "completion", completion_tokens)] {
        scrape.expect("provider_tokens_total", &[("type", kind)], tokens);
        scrape.expect("gen_ai_client_token_usage_sum", &[("gen_ai_token_type", kind)], tokens);
        scrape.expect("gen_ai_client_token_usage_count", &[("gen_ai_token_type", kind)], served.answered);
        scrape.expect(&format!("llm_{name}_tokens_total"), &[], tokens);
        scrape.expect(&format!("llama_stack_{name}_tokens_total"), &[], tokens);
    }
    scrape.expect("llm_total_tokens_total", &[], served.total_tokens());
    scrape.expect("llama_stack_tokens_total", &[], served.total_tokens());
}

/// Each chunk of a stream is counted once, of those that were cut the ones that had come.
pub(super) async fn chunks(scrape: &Scrape, served: &Served, cut: Cut) {
    let chunks = served.streams * chunks_of_a_stream().await + cut.streams * cut.chunks_each;
    scrape.expect("provider_stream_chunks_total", &[], chunks);
}

/// Each operation of the store is counted once.
pub(super) fn store(scrape: &Scrape, operations: &[(&str, u64)]) {
    let metric = "conversation_operations_total";
    for (operation, count) in operations {
        scrape.expect(metric, &[("operation", operation), ("status", "success")], *count);
        scrape.expect("conversation_operation_duration_seconds_count", &[("operation", operation)], *count);
    }
    scrape.expect(metric, &[], operations.iter().map(|(_, count)| count).sum());
}

/// Another provider is asked, so that this one has served what it has.
async fn chunks_of_a_stream() -> u64 {
    let provider = Provider::start().await.unwrap();
    let address = provider.base_url().trim_start_matches("http://").trim_end_matches("/v1").parse().unwrap();
    let mut body = Kind::ChatStream.body(Model::Answers);
    body["stream_options"]["include_usage"] = true.into();
    let crate::client::Got::Whole(200, events) = Client::ask(address, Kind::ChatStream.path(), &body).await.unwrap().rest().await
    else {
        panic!("no stream")
    };
    let chunks = events.lines().filter(|line| line.starts_with("data: {")).count();
    assert!(chunks > 2, "{events}");
    chunks as u64
}
