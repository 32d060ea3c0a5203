//! Of calls that begin as those before them did a layer keeps nothing while they are under way: what it tells is the same.

use std::{cell::RefCell, thread};

use llm_span::{CollectFindings, LlmLayer, Operation, Prometheus, Usage, call, llm_span};
use tracing::{Dispatch, Id, Span, debug_span, dispatcher::with_default, info_span, level_filters::LevelFilter, span::Record};
use tracing_subscriber::{Layer, Registry, filter::filter_fn, layer::Context, prelude::*};

fn lines(metrics: &Prometheus, with: &str) -> Vec<String> {
    metrics.render(None).body.lines().filter(|line| line.starts_with(with)).map(str::to_owned).collect()
}

/// The value of the one series of prompt tokens whose labels have all of these.
fn prompt_tokens(metrics: &Prometheus, labels: &[&str]) -> Option<u64> {
    let lines = lines(metrics, "llm_prompt_tokens_total{");
    let mut found = lines.iter().filter(|line| labels.iter().all(|label| line.contains(label)));
    let value = found.next()?.rsplit(' ').next()?.parse().ok();
    assert!(found.next().is_none(), "{lines:#?}");
    value
}

fn layer() -> (LlmLayer, Prometheus, CollectFindings) {
    llm_span::testing::keep_callsites_open();
    let (metrics, findings) = (Prometheus::new(), CollectFindings::default());
    (LlmLayer::builder().metrics(metrics.clone()).findings(findings.clone()).build(), metrics, findings)
}

#[llm_span(operation = "chat", provider = "openai", model = model, usage = in_body)]
fn ask(model: &str, tokens: i64, body: impl FnOnce()) {
    body();
    llm_span::record_usage(Usage::new(tokens, 1));
}

#[llm_span(operation = "chat", provider = "openai", model = model, usage = in_body)]
fn ask_elsewhere(model: &str, tokens: i64) {
    llm_span::record_usage(Usage::new(tokens, 1));
}

#[test]
fn each_model_is_counted_under_its_name_whichever_was_the_first_that_a_layer_saw() {
    let ask = |model: &str, tokens| ask_elsewhere(model, tokens);
    let (first, metrics, _) = layer();
    with_default(&Dispatch::new(Registry::default().with(first)), || {
        for _ in 0..3 {
            ask("gpt-4o", 1);
            ask("o3", 100);
        }
    });
    assert_eq!([prompt_tokens(&metrics, &["gpt-4o"]), prompt_tokens(&metrics, &["\"o3\""])], [Some(3), Some(300)]);

    // Another layer sees the callsite's first model last.
    let (second, metrics, _) = layer();
    with_default(&Dispatch::new(Registry::default().with(second)), || {
        for model in ["o3", "o3", "gpt-4.1", "o3", "gpt-4o", "gpt-4o", "gpt-4.1"] {
            ask(model, 10);
        }
    });
    let counted = ["\"o3\"", "gpt-4.1", "gpt-4o"].map(|model| prompt_tokens(&metrics, &[model]));
    assert_eq!(counted, [Some(30), Some(20), Some(20)]);
}

#[test]
fn a_model_without_a_name_is_found_each_time() {
    let (layer, _, findings) = layer();
    with_default(&Dispatch::new(Registry::default().with(layer)), || {
        (0..3).for_each(|_| ask("gpt-4o", 1, || ()));
        findings.take();
        for _ in 0..3 {
            ask(" ", 1, || ());
            let found = findings.take();
            assert!(found.iter().any(|found| found.finding.attribute.as_deref() == Some("llm.model")), "{found:#?}");
        }
    });
}

#[test]
fn two_layers_of_one_registry_count_the_same() {
    let [(one, counted, _), (other, also_counted, _)] = [layer(), layer()];
    with_default(&Dispatch::new(Registry::default().with(one).with(other)), || {
        for _ in 0..4 {
            ask("gpt-4o", 1, || ask("o3", 10, || ()));
        }
    });
    for metrics in [&counted, &also_counted] {
        assert_eq!([prompt_tokens(metrics, &["gpt-4o"]), prompt_tokens(metrics, &["\"o3\""])], [Some(4), Some(40)]);
    }
}

#[test]
fn what_is_recorded_on_the_span_by_hand_is_told_with_the_rest() {
    let (layer, metrics, findings) = layer();
    with_default(&Dispatch::new(Registry::default().with(layer)), || {
        for _ in 0..4 {
            ask("gpt-4o", 1, || _ = Span::current().record("llm.model", "o3"));
            let found: Vec<_> = findings.take().into_iter().filter_map(|found| found.finding.attribute).collect();
            assert!(found.iter().any(|attribute| attribute == "llm.model"), "{found:?}");
        }
    });
    assert_eq!(lines(&metrics, "llm_prompt_tokens_total{").len(), 1);
    assert_eq!(prompt_tokens(&metrics, &["\"o3\""]), Some(4));
}

#[test]
fn a_call_on_another_thread_that_outlives_the_one_that_passes_its_tokens_on_is_not_counted_again() {
    let (layer, metrics, _) = layer();
    let subscriber = Dispatch::new(Registry::default().with(layer));
    let hedge = || {
        let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
        let span = outer.span().clone();
        let subscriber = subscriber.clone();
        let attempt = thread::spawn(move || {
            with_default(&subscriber, || span.in_scope(|| call(Operation::Chat, "openai", "gpt-4o").open()))
        });
        let attempt = attempt.join().unwrap();
        outer.succeed(Usage::new(10, 5));
        attempt.succeed(Usage::new(10, 5));
    };
    with_default(&subscriber, || (0..5).for_each(|_| hedge()));
    assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(50));
}

#[test]
fn a_call_that_begins_after_the_one_around_it_has_ended_is_counted_whether_that_one_was_the_first_or_not() {
    let (layer, metrics, _) = layer();
    with_default(&Dispatch::new(Registry::default().with(layer)), || {
        for round in 1..=4 {
            let mut outer = Span::none();
            ask("gpt-4o", 10, || outer = Span::current());
            outer.in_scope(|| ask("gpt-4o", 10, || ()));
            assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(20 * round));
        }
    });
}

#[test]
fn threads_whose_calls_have_calls_below_count_each_once() {
    let (layer, metrics, _) = layer();
    let subscriber = Dispatch::new(Registry::default().with(layer));
    with_default(&subscriber, || ask("gpt-4o", 10, || ()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                with_default(&subscriber, || {
                    // A retry passes on what the call below it has used.
                    (0..250).for_each(|_| ask("gpt-4o", 10, || ask("gpt-4o", 10, || ())));
                });
            });
        }
    });
    assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(10 * 1_001));
}

#[test]
fn a_call_whose_outcome_is_recorded_by_hand_is_counted_and_the_other_outcome_is_found() {
    let (layer, metrics, findings) = layer();
    with_default(&Dispatch::new(Registry::default().with(layer)), || {
        for _ in 0..4 {
            ask("gpt-4o", 10, || ());
        }
        assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(40));
        for _ in 0..4 {
            ask("gpt-4o", 10, || _ = Span::current().record("llm.outcome", "error"));
            let found: Vec<_> = findings.take().into_iter().filter_map(|found| found.finding.attribute).collect();
            assert!(found.iter().any(|attribute| attribute == "llm.outcome"), "{found:?}");
        }
    });
    assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(80));
}

thread_local!(static HELD: RefCell<Option<Span>> = const { RefCell::new(None) });

/// Repeats the outcome of a span that is held whenever something is recorded.
struct Repeats;

impl<S: tracing::Subscriber> Layer<S> for Repeats {
    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        if let Some(held) = HELD.take() {
            held.record("llm.outcome", "ok");
        }
    }
}

#[test]
fn a_layer_that_records_the_outcome_once_more_does_not_end_a_call_again() {
    for is_first in [true, false] {
        let (layer, metrics, findings) = layer();
        let subscriber = if is_first {
            Dispatch::new(Registry::default().with(Repeats).with(layer))
        } else {
            Dispatch::new(Registry::default().with(layer).with(Repeats))
        };
        with_default(&subscriber, || {
            for _ in 0..4 {
                ask("gpt-4o", 10, || ());
            }
            for _ in 0..4 {
                ask("gpt-4o", 10, || HELD.set(Some(Span::current())));
            }
        });
        assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(80), "{is_first}");
        assert_eq!(findings.take().len(), 0, "{is_first}");
    }
}

/// Whether a call that runs in what `between` makes of it, below one that passes its tokens on, is counted once.
fn counts_once_below(between: impl Fn(&Dispatch, &dyn Fn())) {
    let (layer, metrics, _) = layer();
    let shows_all = filter_fn(|_| true);
    let subscriber =
        Dispatch::new(Registry::default().with(layer.with_filter(LevelFilter::INFO)).with(Repeats.with_filter(shows_all)));
    with_default(&subscriber, || {
        for _ in 0..4 {
            ask("gpt-4o", 10, || ());
        }
        for _ in 0..4 {
            ask("gpt-4o", 10, || between(&subscriber, &|| ask_elsewhere("gpt-4o", 10)));
        }
    });
    assert_eq!(prompt_tokens(&metrics, &["gpt-4o"]), Some(80));
}

#[test]
fn a_call_below_a_span_that_a_filter_hides_from_the_layer_is_counted_once() {
    counts_once_below(|_, body| debug_span!("hidden").in_scope(body));
    // Where the call around it is not entered, nothing tells of it but the parent of the hidden span.
    counts_once_below(|_, body| {
        let hidden = debug_span!("hidden");
        let elsewhere = info_span!(parent: None, "elsewhere");
        elsewhere.in_scope(|| hidden.in_scope(body));
    });
    counts_once_below(|_, _| {
        let hidden = debug_span!("hidden");
        let below = call(Operation::Chat, "openai", "gpt-4o").parent(hidden.id());
        below.in_scope_in_body(|| llm_span::record_usage(Usage::new(10, 1)));
    });
    counts_once_below(|subscriber, _| {
        let (hidden, subscriber) = (debug_span!("hidden"), subscriber.clone());
        let task = thread::spawn(move || with_default(&subscriber, || hidden.in_scope(|| ask_elsewhere("gpt-4o", 10))));
        task.join().unwrap();
    });
}

#[test]
fn a_call_below_a_span_with_as_many_fields_as_a_call_is_counted_once() {
    macro_rules! wide {
        ($($field:ident)*) => { info_span!("wide", $($field = 0),*) };
    }
    counts_once_below(|_, body| {
        let wide = wide!(a b c d e f g h i j k l m n o p q r s t u v w x y z aa ab ac ad ae af ag ah ai aj ak al am an ao);
        wide.in_scope(body);
    });
}
