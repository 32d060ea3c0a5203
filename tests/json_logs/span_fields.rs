//! Fields that lines carry from spans.

use crate::support::{Lines, logs, under};
use llm_span::{JsonKey, JsonLogs, Usage, llm_span, record_usage};
use serde_json::json;
use tracing::field::Empty;
use tracing::{info, info_span, warn};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

fn llm_logs() -> (JsonLogs<Lines>, Lines) {
    let (logs, lines) = logs();
    (logs.with_llm_fields(true), lines)
}

#[test]
fn a_line_within_a_call_carries_its_llm_fields() {
    let (logs, lines) = llm_logs();
    under(tracing_subscriber::registry().with(logs), || {
        let call = info_span!(
            "llm.completion",
            gen_ai.provider.name = "openai",
            gen_ai.request.model = "gpt-4o-mini",
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty
        );
        call.in_scope(|| info!("asking"));
        call.record("gen_ai.usage.input_tokens", 23_i64);
        call.record("gen_ai.usage.output_tokens", 156_i64);
        call.in_scope(|| info_span!("parse").in_scope(|| info!("response generated")));
    });
    let [asking, generated] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!((&asking["provider"], &asking["model"]), (&json!("openai"), &json!("gpt-4o-mini")));
    assert_eq!(asking.get("input_tokens"), None);
    assert_eq!((&generated["provider"], &generated["model"]), (&json!("openai"), &json!("gpt-4o-mini")));
    assert_eq!((&generated["input_tokens"], &generated["output_tokens"]), (&json!(23), &json!(156)));
    let text = lines.pieces().concat();
    assert!(text.ends_with("\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"input_tokens\":23,\"output_tokens\":156}\n"));
}

#[test]
fn llm_fields_are_not_carried_unless_asked_for() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("call", gen_ai.provider.name = "openai").in_scope(|| info!("hello"));
    });
    assert_eq!(lines.only().get("provider"), None);
}

#[test]
fn the_names_of_the_conventions_go_before_the_older_ones() {
    let (logs, lines) = llm_logs();
    under(tracing_subscriber::registry().with(logs), || {
        let call = info_span!("call", llm.provider = "old", gen_ai.provider.name = "new", llm.tokens.prompt = 1);
        call.in_scope(|| info!("hello"));
    });
    let line = lines.only();
    assert_eq!((&line["provider"], &line["input_tokens"]), (&json!("new"), &json!(1)));
}

#[test]
fn the_tokens_of_one_call_are_never_shown_with_the_model_of_another() {
    let (logs, lines) = llm_logs();
    under(tracing_subscriber::registry().with(logs), || {
        let outer = info_span!("outer", gen_ai.request.model = "large", gen_ai.usage.output_tokens = 9);
        let inner = info_span!(parent: &outer, "inner", gen_ai.request.model = "small", gen_ai.usage.output_tokens = Empty);
        inner.in_scope(|| info!("hello"));
    });
    let line = lines.only();
    assert_eq!((&line["model"], line.get("output_tokens")), (&json!("small"), None));
}

#[test]
fn a_chosen_field_comes_from_the_nearest_span_that_has_it() {
    let (logs, lines) = logs();
    let logs = logs.with_span_field("request_id").with_span_field_as("tenant.name", "tenant");
    under(tracing_subscriber::registry().with(logs), || {
        let outer = info_span!("outer", request_id = "a", tenant.name = "acme");
        let inner = info_span!(parent: &outer, "inner", request_id = "b");
        inner.in_scope(|| info_span!("innermost").in_scope(|| info!("hello")));
        info!("outside");
    });
    let [inner, outside] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!((&inner["request_id"], &inner["tenant"]), (&json!("b"), &json!("acme")));
    assert_eq!(outside.get("request_id"), None);
}

#[test]
fn an_events_own_field_stands_for_the_spans() {
    let (logs, lines) = llm_logs();
    under(tracing_subscriber::registry().with(logs.with_span_field("request_id")), || {
        let call = info_span!("call", request_id = "span", gen_ai.request.model = "span");
        call.in_scope(|| {
            info!(request_id = "event", model = "event");
            info!(request_id = None::<&str>);
        });
    });
    let [own, none] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!((&own["request_id"], &own["model"]), (&json!("event"), &json!("event")));
    assert_eq!((&none["request_id"], &none["model"]), (&json!("span"), &json!("span")));
}

#[test]
fn a_value_recorded_again_replaces_the_former() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_span_field("step")), || {
        let span = info_span!("span", step = 1);
        span.record("step", "two");
        span.in_scope(|| info!("hello"));
    });
    assert_eq!(lines.only()["step"], "two");
}

#[test]
fn llm_keys_can_be_renamed_and_left_out() {
    let (logs, lines) = llm_logs();
    let logs = logs.with_key(JsonKey::Model, "llm_model").without_key(JsonKey::Provider);
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("call", gen_ai.provider.name = "openai", gen_ai.request.model = "gpt-4o").in_scope(|| info!("hello"));
    });
    let line = lines.only();
    assert_eq!((&line["llm_model"], line.get("provider")), (&json!("gpt-4o"), None));
}

#[test]
fn a_span_field_cannot_take_a_key_of_the_layer() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_span_field("trace_id")), || {
        info_span!("span", trace_id = "forged").in_scope(|| info!("hello"));
    });
    let line = lines.only();
    assert_ne!(line["trace_id"], "forged");
    assert_eq!(line["field.trace_id"], "forged");
}

#[test]
fn two_layers_carry_different_fields_of_one_span() {
    let ((first, first_lines), (second, second_lines)) = (logs(), logs());
    let subscriber = tracing_subscriber::registry().with(first.with_span_field("a")).with(second.with_span_field("b"));
    under(subscriber, || {
        info_span!("span", a = 1, b = 2).in_scope(|| info!("hello"));
    });
    let (first, second) = (first_lines.only(), second_lines.only());
    assert_eq!((&first["a"], first.get("b")), (&json!(1), None));
    assert_eq!((second.get("a"), &second["b"]), (None, &json!(2)));
}

#[test]
fn within_a_hidden_span_fields_come_from_the_spans_that_are_seen() {
    let ((logs, lines), (other, _)) = (logs(), logs());
    let logs = logs.with_span_field("request_id").with_filter(LevelFilter::WARN);
    under(tracing_subscriber::registry().with(other).with(logs), || {
        let seen = tracing::warn_span!("seen", request_id = "a");
        let hidden = info_span!(parent: &seen, "hidden", request_id = "b");
        warn!(parent: &hidden, "hello");
    });
    assert_eq!(lines.only()["request_id"], "a");
}

#[test]
fn tokens_that_the_body_has_recorded_are_in_its_lines_before_the_call_ends() {
    let (logs, lines) = llm_logs();
    under(tracing_subscriber::registry().with(logs), || {
        let guard = llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o-mini").enter();
        tracing::info!("asking");
        llm_span::record_usage(llm_span::Usage::new(23, 156));
        tracing::info!("response generated");
        guard.succeed(None::<llm_span::Usage>);
    });
    let [asking, generated] = <[_; 2]>::try_from(lines.all()).expect("two lines");
    assert_eq!((&asking["model"], asking.get("input_tokens")), (&"gpt-4o-mini".into(), None));
    assert_eq!((&generated["input_tokens"], &generated["output_tokens"]), (&23.into(), &156.into()));
}

#[test]
fn tokens_recorded_in_a_call_are_not_shown_with_the_model_of_a_span_within_it() {
    #[llm_span(operation = "chat", provider = "p", model = "outer", usage = in_body)]
    fn outer() {
        record_usage(Usage::new(7, 8));
        info!("in the call");
        info_span!("step").in_scope(|| info!("in a span that tells nothing"));
        info_span!("other", gen_ai.request.model = "inner").in_scope(|| info!("in a span that is about another model"));
    }
    let (logs, lines) = llm_logs();
    under(tracing_subscriber::registry().with(logs), outer);
    let shown: Vec<_> = lines.all().iter().map(|line| json!([line["model"], line.get("input_tokens")])).collect();
    assert_eq!(shown, [json!(["outer", 7]), json!(["outer", 7]), json!(["inner", null])]);
}
