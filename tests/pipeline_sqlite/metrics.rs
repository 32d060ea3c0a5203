//! Metric events: one each a request.

use llm_span::{
    Price, Prices,
    pipeline::Sampler,
    store::{TraceQuery, UsageQuery},
};
use tracing::info_span;

use crate::support::{Bench, call};

#[test]
fn each_request_tells_its_tokens_with_its_ids() {
    let bench = Bench::new();
    bench.run(|| {
        let _request = info_span!("request").entered();
        call("gpt-4o", 128, 64).unwrap();
        call("gpt-4o", 100, 50).unwrap();
    });
    let events = "SELECT count(*) FROM metrics JOIN spans USING (trace_id, span_id)
        WHERE spans.name = 'llm.completion' AND unit = 'tokens' AND typeof(value) = 'integer'
        AND metrics.attributes ->> 'model_id' = 'gpt-4o' AND metrics.attributes ->> 'provider_id' = 'openai'";
    assert_eq!(bench.number(events), 6);
    assert_eq!(bench.number("SELECT count(*) FROM metrics WHERE metric = 'total_tokens' AND value = 192"), 1);
    let usage = bench.store().usage(&UsageQuery::new()).unwrap();
    let sums = &usage[0].sums;
    assert_eq!((usage.len(), usage[0].model.as_str(), usage[0].provider.as_str()), (1, "gpt-4o", "openai"));
    assert_eq!((sums.requests, sums.prompt_tokens, sums.completion_tokens, sums.total_tokens), (2, 228, 114, 342));
}

/// What the sampler leaves out of the traces is still paid for.
#[test]
fn usage_knows_every_call_whatever_the_sampler_keeps() {
    let bench = Bench::with(|settings| settings.sampler = Sampler::Probability(0.1));
    bench.run(|| {
        for _ in 0..50 {
            call("gpt-4o", 2, 1).unwrap();
        }
    });
    let kept = bench.store().traces(&TraceQuery::new().limit(1_000)).unwrap().len();
    assert!(kept < 50, "{kept}");
    let usage = bench.store().usage(&UsageQuery::new()).unwrap();
    assert_eq!((usage[0].sums.requests, usage[0].sums.total_tokens), (50, 150));
}

#[test]
fn models_are_told_apart() {
    let bench = Bench::new();
    bench.run(|| {
        call("gpt-4o", 10, 1).unwrap();
        call("gpt-4o-mini", 20, 2).unwrap();
    });
    let usage = bench.store().usage(&UsageQuery::new()).unwrap();
    let usage: Vec<_> = usage.iter().map(|row| (row.model.as_str(), row.sums.total_tokens)).collect();
    assert_eq!(usage, [("gpt-4o", 11), ("gpt-4o-mini", 22)]);
}

/// Prices are those of the process: the model's name is of this test alone.
#[test]
fn costs_are_added_up_where_prices_are_known() {
    Prices::new().price("openai", "priced-*", Price::per_million(2.0, 10.0)).unwrap().install();
    let bench = Bench::with(|settings| settings.sampler = Sampler::Never);
    bench.run(|| {
        call("priced-4o", 1_000, 100).unwrap();
        call("priced-4o", 500, 50).unwrap();
        call("gpt-4o", 10, 1).unwrap();
    });
    let usage = bench.store().usage(&UsageQuery::new()).unwrap();
    let usage: Vec<_> = usage.iter().map(|row| (row.model.as_str(), row.sums.requests, row.sums.cost)).collect();
    assert_eq!(usage.len(), 2, "{usage:?}");
    assert_eq!(usage[0], ("gpt-4o", 1, None));
    assert_eq!((usage[1].0, usage[1].1), ("priced-4o", 2));
    let cost = usage[1].2.expect("a cost");
    assert!((cost - 0.004_5).abs() < 1e-12, "{cost}");
}
