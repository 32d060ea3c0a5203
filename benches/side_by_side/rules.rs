//! What metrics cost that are derived from spans by rules: by the number of rules and of label sets, on spans that are calls, that are
//! none, and that no rule is about; what timing the chunks of a stream costs; and how long a scrape takes. There are no peers and no bars.
//!
//! Every case makes the same spans as the case of the registry alone that it is compared with.

use std::hint::black_box;

use llm_span::{
    IgnoreFindings, LlmLayer, Operation, Prometheus, Usage, call,
    contract::{Amount, Fact, Label, Measure, Metric, MetricBuilder, MetricError, MetricSet, MetricSets, OperationSet, Source},
};
use llm_span_benches::{Bench, Figures, Timed};
use tracing::{Dispatch, dispatcher::with_default, info_span};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::{
    counted::measured::{Answer, complete},
    models::Models,
    subscribers::{known, registry, under},
};

/// Chunks of a stream: so many, that its beginning and its end are a small part of it.
const CHUNKS: usize = 100;

/// Bounds of durations, in seconds.
const SECONDS: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// As a server's middleware makes it.
#[inline(never)]
fn serve() {
    let span = info_span!(
        "HTTP request",
        otel.kind = "server",
        http.request.method = "POST",
        http.route = "/v1/chat/completions",
        http.response.status_code = tracing::field::Empty,
    );
    span.in_scope(|| black_box(()));
    span.record("http.response.status_code", 200);
}

/// Of no concern to any rule.
#[inline(never)]
fn look_up() {
    info_span!("look_up", table = "prompts", rows = 7).in_scope(|| black_box(()));
}

#[inline(never)]
fn stream() -> usize {
    let chunks = std::iter::repeat_n(Some(()), CHUNKS);
    call(Operation::Chat, "openai", "gpt-4o").iterator_with(chunks, |()| Usage::new(128, 64)).count()
}

/// Rules about calls: of every five a counter of calls, two of tokens, a distribution of durations, and a number of what is open.
fn call_rules(count: usize) -> Result<Vec<Metric>, MetricError> {
    let of_calls = |rule: MetricBuilder| rule.of_calls(OperationSet::MODEL_CALLS).label("llm.provider").label("llm.model");
    let outcome = || Label::new("status").or(Source::of(Fact::Outcome));
    let rule = |n: usize| match n % 5 {
        0 => Metric::counter(format!("calls.{n}")).measure(Measure::Closed).label(outcome()),
        1 => Metric::counter(format!("prompt.{n}")).measure(Measure::Tokens(Amount::of("llm.tokens.prompt"))),
        2 => Metric::counter(format!("completion.{n}")).measure(Measure::Tokens(Amount::of("llm.tokens.completion"))),
        3 => Metric::histogram(format!("duration.{n}"), SECONDS).unit("s").measure(Measure::Duration).label(outcome()),
        _ => Metric::up_down_counter(format!("open.{n}")).measure(Measure::Open),
    };
    (0..count).map(|n| of_calls(rule(n)).build()).collect()
}

/// Rules about HTTP requests, as a gateway has them.
fn request_rules() -> Result<Vec<Metric>, MetricError> {
    let of_requests = |rule: MetricBuilder| {
        let method = Label::of("method", ["http.request.method"]);
        rule.of_spans_with("http.request.method").label(method).label(Label::of("endpoint", ["http.route"]))
    };
    let status = || Label::of("status", ["http.response.status_code"]);
    [
        Metric::counter("http.requests").measure(Measure::Closed).label(status()),
        Metric::histogram("http.duration", SECONDS).unit("s").measure(Measure::Duration).label(status()),
        Metric::histogram("http.wait", SECONDS).unit("s").measure(Measure::Wait),
        Metric::histogram("http.busy", SECONDS).unit("s").measure(Measure::Busy),
        Metric::up_down_counter("http.open").measure(Measure::Open),
    ]
    .into_iter()
    .map(|rule| of_requests(rule).build())
    .collect()
}

/// The time between chunks, beside the five rules about calls.
fn chunk_rules() -> Result<Vec<Metric>, MetricError> {
    let per_chunk = Metric::histogram("time_per_chunk", SECONDS).unit("s").measure(Measure::TimePerChunk);
    let mut rules = call_rules(5)?;
    rules.push(per_chunk.of_calls(OperationSet::MODEL_CALLS).label("llm.provider").label("llm.model").build()?);
    Ok(rules)
}

/// A registry with the layer, under these rules; and where its metrics are read.
fn measured(rules: Vec<Metric>) -> Result<(Dispatch, Prometheus), MetricError> {
    let prometheus = Prometheus::new();
    let set = if rules.is_empty() { MetricSets::default() } else { MetricSet::new("bench", rules)?.into() };
    let layer = LlmLayer::builder().metric_sets(set).metrics(prometheus.clone()).findings(IgnoreFindings).build();
    Ok((Dispatch::new(Registry::default().with(layer)), prometheus))
}

fn calls<'a>(bench: &mut Bench<'a>, answer: &'a Answer) -> Result<(), MetricError> {
    let rules = |count| Ok::<_, MetricError>(measured(call_rules(count)?)?.0);
    let ask = |mut models: Models| move || _ = black_box(complete(models.next(), answer));
    bench.case_within("call,registry", under(registry(), ask(Models::new(1))));
    bench.case_within("call,no-rules", under(rules(0)?, ask(Models::new(1))));
    bench.case_within("call,5-rules", under(rules(5)?, ask(Models::new(1))));
    bench.case_within("call,20-rules", under(rules(20)?, ask(Models::new(1))));
    bench.case_within("call,50-rules", under(rules(50)?, ask(Models::new(1))));
    bench.case_within("100-models,registry", under(registry(), ask(Models::new(100))));
    bench.case_within("100-models,5-rules", known(rules(5)?, 100, ask(Models::new(100))));
    bench.case_within("2000-models,registry", under(registry(), ask(Models::new(2_000))));
    bench.case_within("2000-models,5-rules", known(rules(5)?, 2_000, ask(Models::new(2_000))));
    let ask_another = |mut models: Models| move || _ = black_box(complete(&models.another(), answer));
    bench.case_within("always-another-model,registry", under(registry(), ask_another(Models::default())));
    bench.case_within("always-another-model,5-rules", known(rules(5)?, 4_000, ask_another(Models::default())));
    Ok(())
}

fn other_spans(bench: &mut Bench<'_>) -> Result<(), MetricError> {
    bench.case_within("HTTP-request,registry", under(registry(), serve));
    bench.case_within("HTTP-request,5-rules-about-it", under(measured(request_rules()?)?.0, serve));
    bench.case_within("another-span,registry", under(registry(), look_up));
    bench.case_within("another-span,50-rules-about-calls", under(measured(call_rules(50)?)?.0, look_up));
    Ok(())
}

/// Whether chunks are timed holds for the process: so these layers are there for a sample only.
fn streams(bench: &mut Bench<'_>) -> Result<(), MetricError> {
    let read = || _ = black_box(stream());
    let for_a_sample = |rules: Vec<Metric>| {
        move |timed: &mut Timed| {
            if let Ok((subscriber, _)) = measured(rules.clone()) {
                known(subscriber, 2, read)(timed);
            }
        }
    };
    bench.case_within("stream,registry", under(registry(), read));
    bench.case_within("stream,5-rules", for_a_sample(call_rules(5)?));
    bench.case_within("stream,5-rules,time-per-chunk", for_a_sample(chunk_rules()?));
    Ok(())
}

/// 2,000 series: four counters by 500 models.
fn scrapes(bench: &mut Bench<'_>, answer: &Answer) -> Result<(), MetricError> {
    let counters = call_rules(8)?.into_iter().filter(|rule| rule.kind.is_counter()).take(4).collect();
    let (subscriber, prometheus) = measured(counters)?;
    let models = Models::new(500);
    with_default(&subscriber, || models.names().for_each(|model| _ = complete(model, answer)));
    let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    println!("rules: a scrape: {} series", series(&prometheus.render(None).body));
    bench.case("scrape-of-2000-series", move || {
        let _kept = &subscriber; // the layer goes on
        prometheus.render(None).body.len()
    });
    Ok(())
}

fn compared(mut figures: Figures) -> Figures {
    for (case, base) in [
        ("call,no-rules", "call,registry"),
        ("call,5-rules", "call,registry"),
        ("call,20-rules", "call,registry"),
        ("call,50-rules", "call,registry"),
        ("100-models,5-rules", "100-models,registry"),
        ("2000-models,5-rules", "2000-models,registry"),
        ("always-another-model,5-rules", "always-another-model,registry"),
        ("HTTP-request,5-rules-about-it", "HTTP-request,registry"),
        ("another-span,50-rules-about-calls", "another-span,registry"),
        ("stream,5-rules", "stream,registry"),
        ("stream,5-rules,time-per-chunk", "stream,5-rules"),
    ] {
        figures.ratio(case, base);
        figures.added(case, base);
    }
    figures
}

pub(crate) fn run() -> Result<(), MetricError> {
    let answer = Answer::default();
    let mut bench = Bench::new("rules");
    calls(&mut bench, &answer)?;
    other_spans(&mut bench)?;
    streams(&mut bench)?;
    scrapes(&mut bench, &answer)?;
    println!("{}", compared(bench.run()));
    Ok(())
}
