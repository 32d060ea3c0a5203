//! The event's own parts of a line.

use crate::support::{logs, under};
use serde_json::json;
use tracing::{debug, error, info, info_span, trace, warn};
use tracing_subscriber::prelude::*;

#[test]
fn keys_stand_in_their_order() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("span").in_scope(|| info!(target: "gateway", attempt = 1, ok = true, "generated"));
    });
    let text = lines.pieces().concat();
    let keys = ["time", "level", "msg", "target", "trace_id", "span_id", "trace_flags", "attempt", "ok"];
    let places: Vec<_> = keys.iter().map(|key| text.find(&format!("\"{key}\":")).expect("key")).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_message_that_is_not_the_first_field_still_comes_first() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info!(target: "t", first = 1, message = "hello", last = 2);
    });
    let text = lines.pieces().concat();
    assert!(text.contains(r#""level":"INFO","msg":"hello","target":"t","first":1,"last":2}"#), "{text}");
}

#[test]
fn an_event_without_a_message_has_no_msg() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || info!(user = "alice"));
    let line = lines.only();
    assert_eq!((line.get("msg"), &line["user"]), (None, &json!("alice")));
}

#[test]
fn the_time_is_rfc_3339_in_utc_with_microseconds() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || info!("hello"));
    let line = lines.only();
    let time = line["time"].as_str().expect("text");
    let form: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(form, "0000-00-00T00:00:00.000000Z");
}

#[test]
fn each_level_has_its_name() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        error!("");
        warn!("");
        info!("");
        debug!("");
        trace!("");
    });
    let levels: Vec<_> = lines.all().iter().map(|line| line["level"].clone()).collect();
    assert_eq!(levels, ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"]);
}

#[test]
fn a_field_cannot_pass_for_a_key_of_the_layer() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("span").in_scope(|| {
            info!(trace_id = "forged", span_id = "forged", time = "forged", level = "forged", msg = "forged", "hello");
        });
    });
    let line = lines.only();
    for key in ["trace_id", "span_id", "time", "level", "msg"] {
        assert_ne!(line[key], "forged", "{line}");
        assert_eq!(line[&format!("field.{key}")], "forged", "{line}");
    }
    assert_eq!(line["msg"], "hello");
}

#[test]
fn a_field_named_like_an_id_is_moved_even_where_there_are_no_ids() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || info!(trace_id = "forged"));
    let line = lines.only();
    assert_eq!((line.get("trace_id"), &line["field.trace_id"]), (None, &json!("forged")));
}

#[test]
fn a_field_given_twice_is_there_twice_under_two_keys() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info!(a = 1, a = 2, a = 3, field.a = 4);
    });
    let line = lines.only();
    assert_eq!((&line["a"], &line["field.a"]), (&json!(1), &json!(4)));
    assert_eq!((&line["field.a.2"], &line["field.a.3"]), (&json!(2), &json!(3)));
}

#[test]
fn fields_with_dots_and_quotes_in_their_names_keep_them() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info!(http.status = 200, "a \"quoted\" key\n" = 1);
    });
    let line = lines.only();
    assert_eq!((&line["http.status"], &line["a \"quoted\" key\n"]), (&json!(200), &json!(1)));
}

#[test]
fn fields_without_a_value_are_left_out() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info!(empty = tracing::field::Empty, none = None::<u64>, some = Some(1), "hello");
    });
    let line = lines.only();
    assert_eq!((line.get("empty"), line.get("none"), &line["some"]), (None, None, &json!(1)));
}

#[test]
fn the_source_is_told_on_request() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_source(true)), || info!(line = "own", "hello"));
    let line = lines.only();
    assert_eq!(line["file"], file!());
    assert!(line["line"].is_u64(), "{line}");
    assert_eq!(line["field.line"], "own");
}
