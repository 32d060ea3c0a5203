//! A call's span with every attribute of the contract: `LlmLayer`, which checks it and measures three counters and three histogram points,
//! adds at most 2.5 times what the registry costs for it, and a quarter of what tracing-opentelemetry costs beside it; the check and the three
//! counters of the AMTP contract cost less than these counters alone, written by hand with fresh attributes.
//!
//! Every span is of the same annotated function, but fastrace's.

mod by_hand;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use by_hand::{BoundCounters, Counters, emit_events, start_fastrace, traced};
use llm_span::{
    IgnoreFindings, LlmLayer,
    contract::{MetricError, MetricSet},
};
use llm_span_benches::{Bars, Bench, Figures};
use opentelemetry_sdk::trace::Sampler::{self, AlwaysOff, AlwaysOn};
use tracing::{Dispatch, dispatcher::with_default};
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::{
    counted::measured::{Answer, complete},
    subscribers::{Meters, both_sets, llm, measured, otel, registry, under},
};

/// Shows what was measured of one call, and stops where that is something else.
fn show(who: &str, meters: &Meters) {
    println!("span: {who} measures of a call:");
    let told = meters.told();
    for metric in &told {
        let what = if metric.is_histogram { "points of a histogram" } else { "the sum of a counter" };
        println!("  {}: {}, {what}", metric.name, metric.total);
    }
    let (histograms, counters): (Vec<_>, Vec<_>) = told.iter().partition(|metric| metric.is_histogram);
    assert_eq!(counters.iter().map(|counter| counter.total).collect::<Vec<_>>(), [128, 64, 192], "three counters");
    assert_eq!(histograms.iter().map(|histogram| histogram.total).sum::<u64>(), 3, "three points of histograms");
}

/// The subscribers that are alive at once; each layer counts into meters of its own.
fn subscribers(meters: &[Meters; 4]) -> Result<[(&'static str, Dispatch); 8], MetricError> {
    let otel = |sampler: Sampler| Registry::default().with(otel(sampler));
    let beside_otel = |sampler, meters| Ok::<_, MetricError>(Dispatch::new(otel(sampler).with(llm(meters, both_sets()?))));
    let unmeasured = LlmLayer::builder().findings(IgnoreFindings).build();
    let amtp = llm(&meters[1], MetricSet::amtp().into());
    Ok([
        ("registry", registry()),
        ("registry+LlmLayer,no-metrics", Dispatch::new(Registry::default().with(unmeasured))),
        ("registry+LlmLayer", measured(&meters[0])?),
        ("registry+LlmLayer,AMTP-counters", Dispatch::new(Registry::default().with(amtp))),
        ("registry+OTel", Dispatch::new(otel(AlwaysOn))),
        ("registry+OTel+LlmLayer", beside_otel(AlwaysOn, &meters[2])?),
        ("registry+OTel,sampled-out", Dispatch::new(otel(AlwaysOff))),
        ("registry+OTel,sampled-out+LlmLayer", beside_otel(AlwaysOff, &meters[3])?),
    ])
}

/// A layer with a filter of its own has every callsite of the process ask, so it is there for a sample only.
fn with_metrics_layer(meters: &Meters, body: impl FnOnce()) {
    let subscriber = Registry::default().with(MetricsLayer::new(meters.provider.clone())).with(otel(AlwaysOn));
    with_default(&Dispatch::new(subscriber), body);
    tracing::callsite::rebuild_interest_cache();
}

fn show_what_is_measured(answer: &Answer) -> Result<(), MetricError> {
    let meters = Meters::new();
    with_default(&measured(&meters)?, || complete("gpt-4o", answer));
    show("LlmLayer", &meters);
    let meters = Meters::new();
    with_metrics_layer(&meters, || emit_events("gpt-4o", answer, Duration::from_millis(5)));
    show("MetricsLayer", &meters);
    println!();
    Ok(())
}

pub(crate) fn run(bars: &mut Bars) -> Result<(), MetricError> {
    let answer = Answer::default();
    show_what_is_measured(&answer)?;
    let ask = || _ = black_box(complete(black_box("gpt-4o"), &answer));
    let ask_and_tell = || {
        let start = Instant::now();
        ask();
        emit_events(black_box("gpt-4o"), &answer, start.elapsed());
    };
    let (kept, meters) = ([(); 4].map(|()| Meters::new()), Meters::new());
    let subscribers = subscribers(&kept)?;
    let counters = Counters::new(&meters.meter());
    let bound = BoundCounters::new(&counters, "gpt-4o");
    start_fastrace();

    let mut bench = Bench::new("span");
    for (name, subscriber) in &subscribers {
        bench.case_within(name, under(subscriber.clone(), ask));
    }
    bench.case_within("registry+OTel+MetricsLayer", |timed| {
        with_metrics_layer(&meters, || {
            ask_and_tell(); // its instruments are made when they are first met
            timed.run(ask_and_tell);
        });
    });
    bench.case("three-counters-by-hand,fresh", || counters.add(black_box("gpt-4o"), black_box(128), black_box(64)));
    bench.case("three-counters-by-hand,bound", || bound.add(black_box(128), black_box(64)));
    bench.case_within("fastrace", |timed| traced(timed, &answer));

    println!("{}", compared(bench.run(), bars));
    Ok(())
}

fn compared(mut figures: Figures, bars: &mut Bars) -> Figures {
    let added_to = |[ours, base]: [f64; 2]| (ours - base) / base;
    let ours = figures.ratio_as("LlmLayer-added:registry", ["registry+LlmLayer", "registry"], added_to);
    let beside_otel = ["registry+OTel+LlmLayer", "registry+OTel"];
    let beside_otel = figures.ratio_as("LlmLayer-added:registry+OTel", beside_otel, added_to);
    let sampled_out = ["registry+OTel,sampled-out+LlmLayer", "registry+OTel,sampled-out"];
    figures.ratio_as("LlmLayer-added:registry+OTel,sampled-out", sampled_out, added_to);
    let counters = figures.ratio_as(
        "LlmLayer,AMTP-counters-added:three-counters-by-hand,fresh",
        ["registry+LlmLayer,AMTP-counters", "registry", "three-counters-by-hand,fresh"],
        |[ours, registry, by_hand]| (ours - registry) / by_hand,
    );
    figures.ratio("registry+OTel+LlmLayer", "registry+OTel+MetricsLayer");
    figures.ratio("registry+LlmLayer", "fastrace");
    for (case, base) in [
        ("registry+LlmLayer,no-metrics", "registry"),
        ("registry+LlmLayer,AMTP-counters", "registry"),
        ("registry+LlmLayer", "registry"),
        ("registry+OTel", "registry"),
        ("registry+OTel+LlmLayer", "registry+OTel"),
        ("registry+OTel+MetricsLayer", "registry+OTel"),
        ("registry+OTel,sampled-out+LlmLayer", "registry+OTel,sampled-out"),
    ] {
        figures.added(case, base);
    }
    bars.at_most("span: what LlmLayer adds, of the registry's", ours, 2.5, Some(1.5));
    bars.at_most("span: what LlmLayer adds, of tracing-opentelemetry's", beside_otel, 0.25, Some(0.15));
    bars.at_most("span: check and AMTP counters, of the counters by hand", counters, 1.0, None);
    figures
}
