//! Values of every kind, the hostile ones too.

use crate::support::{logs, under};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

fn line_of(f: impl FnOnce()) -> Value {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), f);
    lines.only()
}

#[test]
fn numbers_and_booleans_keep_their_types() {
    let line = line_of(|| info!(signed = -1_i64, unsigned = u64::MAX, float = 0.5, yes = true, wide = 7_u128));
    assert_eq!((&line["signed"], &line["unsigned"]), (&json!(-1), &json!(u64::MAX)));
    assert_eq!((&line["float"], &line["yes"], &line["wide"]), (&json!(0.5), &json!(true), &json!(7)));
}

#[test]
fn numbers_without_a_json_form_are_strings() {
    let line = line_of(|| info!(nan = f64::NAN, inf = f64::NEG_INFINITY, huge = i128::MIN));
    assert_eq!((&line["nan"], &line["inf"]), (&json!("NaN"), &json!("-inf")));
    assert_eq!(line["huge"], i128::MIN.to_string());
}

#[test]
fn bytes_are_hexadecimal() {
    let line = line_of(|| info!(bytes = &b"\x00\xff\n"[..]));
    assert_eq!(line["bytes"], "00ff0a");
}

#[test]
fn control_characters_come_back_as_they_were() {
    let text = "\u{0}\u{7}\n\r\t\"\\ \u{1b}[31m \u{7f}\u{2028} 😀";
    let line = line_of(|| info!(text, shown = %text, "{text}"));
    assert_eq!((&line["text"], &line["shown"], &line["msg"]), (&json!(text), &json!(text), &json!(text)));
}

#[test]
fn an_error_is_told_with_its_sources() {
    #[derive(Debug)]
    struct Outer(fmt::Error);
    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("request failed")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = Outer(fmt::Error);
    let line = line_of(|| info!(error = &error as &(dyn Error + 'static)));
    assert_eq!(line["error"], format!("request failed: {}", fmt::Error));
}

#[test]
fn an_error_that_is_its_own_source_ends() {
    #[derive(Debug)]
    struct Loop;
    impl fmt::Display for Loop {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("loop")
        }
    }
    impl Error for Loop {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Loop)
        }
    }
    let line = line_of(|| info!(error = &Loop as &(dyn Error + 'static)));
    assert!(line["error"].as_str().is_some_and(|text| text.starts_with("loop: loop")), "{line}");
}

#[test]
fn long_values_are_cut_and_say_so() {
    let (logs, lines) = logs();
    let long = "x".repeat(100_000);
    under(tracing_subscriber::registry().with(logs), || info!(text = long.as_str(), shown = %long));
    let line = lines.only();
    for key in ["text", "shown"] {
        let text = line[key].as_str().expect("text");
        assert_eq!(text, format!("{}…[cut]", "x".repeat(65_536)));
    }
}

#[test]
fn the_limit_can_be_chosen() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_value_limit(5)), || info!(text = "1234567", "hello"));
    let line = lines.only();
    assert_eq!((&line["text"], &line["msg"]), (&json!("12345…[cut]"), &json!("hello")));
}

/// Panics when shown, after it has written something.
struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a \"value")?;
        panic!("in Debug");
    }
}

#[test]
fn a_value_that_panics_costs_only_itself() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info!(before = 1, bad = ?Panics, after = 2, "hello");
        info!("the next line");
    });
    let [line, next] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!((&line["before"], &line["bad"], &line["after"]), (&json!(1), &json!("<panicked>"), &json!(2)));
    assert_eq!((&line["msg"], &next["msg"]), (&json!("hello"), &json!("the next line")));
}

#[test]
fn a_span_field_that_panics_costs_only_itself() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_span_field("bad")), || {
        info_span!("span", bad = ?Panics).in_scope(|| info!("hello"));
    });
    assert_eq!(lines.only()["bad"], "<panicked>");
}

#[test]
fn a_value_that_panics_with_a_payload_that_panics_costs_only_itself() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    struct Worse;
    impl fmt::Debug for Worse {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::panic_any(Payload)
        }
    }
    let line = line_of(|| info!(bad = ?Worse, "hello"));
    assert_eq!((&line["bad"], &line["msg"]), (&json!("<panicked>"), &json!("hello")));
}

#[test]
fn a_value_that_logs_under_a_scoped_subscriber_does_no_harm() {
    struct Logs;
    impl fmt::Debug for Logs {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            info!("from within");
            f.write_str("shown")
        }
    }
    let line = line_of(|| info!(value = ?Logs, "hello"));
    assert_eq!(line["value"], "shown");
}
