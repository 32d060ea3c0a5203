//! What a program measures itself.

use llm_span::{
    Operation, Telemetry, Usage, call,
    contract::MetricSet,
    pipeline::{Events, Guard, PrometheusSettings},
};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::process::LONG;

fn telemetry() -> (tracing::Dispatch, Guard) {
    let telemetry = Telemetry::new().environment([]).service_name("chat").prometheus(PrometheusSettings::default());
    let (layer, guard) = telemetry.set(|settings| settings.logs.filter = "off".into()).build::<Registry>().expect("telemetry");
    (tracing::Dispatch::new(tracing_subscriber::registry().with(layer)), guard)
}

/// The samples whose name begins with that, of all that was emitted so far.
fn samples(guard: &Guard, prefix: &str) -> Vec<String> {
    assert!(guard.flush(LONG), "sums come to be there");
    let text = guard.prometheus().expect("prometheus").render(None).body;
    text.lines().filter(|line| line.starts_with(prefix)).map(str::to_owned).collect()
}

fn types(guard: &Guard, name: &str) -> Vec<String> {
    let text = guard.prometheus().expect("prometheus").render(None).body;
    text.lines().filter_map(|line| line.strip_prefix(&format!("# TYPE {name} "))).map(str::to_owned).collect()
}

#[test]
fn measurements_are_added_up_by_name_and_attributes() {
    let (_dispatch, guard) = telemetry();
    let events = guard.events();
    for _ in 0..2 {
        events.metric("my_metric", 10, "count").attribute("k", "v").attribute("a", "b").emit();
        events.metric("my_metric", 5_u8, "count").attribute("a", "b").attribute("k", "v").emit();
    }
    events.metric("my_metric", 1_u64, "count").emit();
    assert_eq!(samples(&guard, "my_metric"), ["my_metric_total 1", "my_metric_total{a=\"b\",k=\"v\"} 30"]);
    assert_eq!(types(&guard, "my_metric_total"), ["counter"]);
}

#[test]
fn the_first_value_says_what_kind_of_sum_it_is() {
    let (_dispatch, guard) = telemetry();
    let events = guard.events();
    events.metric("spent", 0.25, "USD").emit();
    events.metric("spent", 0.5_f32, "USD").emit();
    events.metric("waiting", 3, "jobs").up_down().emit();
    events.metric("waiting", -1, "jobs").emit();
    events.metric("balance", -0.5, "USD").emit();
    events.metric("balance", 2, "USD").emit();
    assert_eq!(
        (samples(&guard, "spent"), types(&guard, "spent_total")),
        (vec!["spent_total 0.75".into()], vec!["counter".into()])
    );
    assert_eq!((samples(&guard, "waiting"), types(&guard, "waiting")), (vec!["waiting 2".into()], vec!["gauge".into()]));
    assert_eq!((samples(&guard, "balance"), types(&guard, "balance")), (vec!["balance 1.5".into()], vec!["gauge".into()]));
}

#[test]
fn what_does_not_fit_a_sum_stays_out_of_it() {
    let (_dispatch, guard) = telemetry();
    let events = guard.events();
    events.metric("jobs", 2, "jobs").emit();
    events.metric("jobs", -1, "jobs").emit();
    events.metric("jobs", 0.5, "jobs").emit();
    events.metric("jobs", f64::NAN, "jobs").emit();
    events.metric("jobs", 7, "bytes").emit();
    events.metric("jobs", 3.0, "jobs").emit();
    events.metric("no name", 1, "").emit();
    events.metric("", 1, "").emit();
    assert!(samples(&guard, "no").is_empty() && samples(&guard, "_").is_empty());
    assert_eq!(samples(&guard, "jobs"), ["jobs_total 5"]);
}

#[test]
fn a_flood_of_attributes_and_names_takes_bounded_room_and_no_value_is_lost() {
    let (_dispatch, guard) = telemetry();
    let events = guard.events();
    for number in 0..5_000 {
        events.metric("flood", 1, "").attribute("user", format!("u{number}")).emit();
    }
    let all = samples(&guard, "flood_total");
    let sum: u64 = all.iter().filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
    assert_eq!((all.len(), sum), (1_991, 5_000));
    for number in 0..1_000 {
        events.metric(format!("name_{number}"), 1, "").emit();
    }
    assert_eq!(samples(&guard, "name_").len(), 511);
}

#[test]
fn what_a_program_emits_never_adds_to_a_derived_metric_or_to_one_of_another_name() {
    let (dispatch, guard) = telemetry();
    let events = guard.events();
    events.metric("a.b", 1, "count").emit();
    events.metric("a_b", 2, "count").emit();
    for name in ["llm.total.tokens", "llm_total_tokens", "total_tokens"] {
        events.metric(name, 7, "tokens").emit();
    }
    tracing::dispatcher::with_default(&dispatch, || {
        call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
    });
    let tokens = samples(&guard, "llm_total_tokens_total");
    assert!(matches!(&*tokens, [of_the_call] if of_the_call.ends_with("} 192")), "{tokens:?}");
    assert_eq!((samples(&guard, "a_b"), samples(&guard, "total_tokens")), (vec!["a_b_total 1".into()], vec![]));
}

#[test]
fn whoever_has_no_pipeline_may_emit_all_the_same() {
    let (layer, guard) =
        Telemetry::new().environment([]).set(|settings| settings.enabled = false).build::<Registry>().expect("telemetry");
    for events in [guard.events(), Events::default()] {
        events.metric("my_metric", 10, "count").attribute("k", "v").emit();
    }
    assert!(guard.prometheus().is_none() && guard.shutdown().is_complete());
    drop(layer);
}

#[test]
fn a_callback_of_a_gauge_may_emit_a_metric_of_a_new_name() {
    let telemetry =
        Telemetry::new().environment([]).prometheus(PrometheusSettings::default()).metric_sets(MetricSet::llm_gateway());
    let (layer, guard) = telemetry.build::<Registry>().expect("telemetry");
    let events = guard.events();
    let tell = move || {
        events.metric("from_a_callback", 1, "").emit();
        1.0
    };
    guard.gauges().register("conversation_active_count", [("backend", "memory")], tell).expect("a gauge");
    assert_eq!(samples(&guard, "conversation_active_count").len(), 1);
    assert_eq!(samples(&guard, "from_a_callback").len(), 1);
    drop(layer);
}
