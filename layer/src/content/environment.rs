//! What the environment says of content capture.

use std::{
    cell::Cell,
    env,
    ffi::OsStr,
    fmt,
    io::{self, Write as _},
};

use super::ContentMode;

/// OpenTelemetry's variable.
const VARIABLE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/// How much of a value that is not understood is shown.
const SHOWN: usize = 40;

/// What the variable says, and what is to be told of it.
pub(super) fn read() -> (ContentMode, Option<String>) {
    env::var_os(VARIABLE).map_or_else(Default::default, |value| parse(&value))
}

fn parse(value: &OsStr) -> (ContentMode, Option<String>) {
    let text = value.to_string_lossy();
    let mode = match text.trim().to_ascii_uppercase().as_str() {
        "" | "NO_CONTENT" | "FALSE" => ContentMode::None,
        "SPAN_ONLY" => ContentMode::Span,
        // Instrumentations that knew no more than yes and no wrote events.
        "EVENT_ONLY" | "TRUE" => ContentMode::Event,
        "SPAN_AND_EVENT" => ContentMode::SpanAndEvent,
        _ => {
            let shown: String = text.chars().take(SHOWN).collect();
            let problem = format!(
                "{VARIABLE} is {shown:?}; expected NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT. No content is captured."
            );
            return (ContentMode::None, Some(problem));
        }
    };
    (mode, None)
}

/// Tells a problem where a user sees it: in the log, or on standard error where nobody reads it there.
pub(super) fn tell(problem: &str) {
    if !is_logged(problem) {
        // Nobody can be told that standard error is closed.
        _ = writeln!(io::stderr(), "llm-span: {problem}");
    }
}

/// Logs it, and says whether anybody has read it.
///
/// Nobody is asked before: filters of layers answer for all of them that somebody may want it, keep what they have answered for the next span where
/// nothing is told after all, and may answer a question otherwise than they take the event.
fn is_logged(problem: &str) -> bool {
    let text = Text { text: problem, is_read: Cell::new(false) };
    tracing::warn!(target: "llm_span::content", "{text}");
    text.is_read.get()
}

/// A text that knows whether it was read.
struct Text<'a> {
    text: &'a str,
    is_read: Cell<bool>,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.is_read.set(true);
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{
        Event, Id, Metadata, Subscriber,
        span::{Attributes, Record},
    };

    use super::*;

    /// Writes down the warnings it is told.
    struct Recorder(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Recorder {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            let (metadata, mut text) = (event.metadata(), String::new());
            event.record(&mut |_: &tracing::field::Field, value: &dyn std::fmt::Debug| text = format!("{value:?}"));
            self.0.lock().unwrap().push(format!("{} {} {text}", metadata.level(), metadata.target()));
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_problem_is_a_warning_of_the_log() {
        let told = Arc::default();
        tracing::subscriber::with_default(Recorder(Arc::clone(&told)), || assert!(is_logged("a problem")));
        assert_eq!(*told.lock().unwrap(), ["WARN llm_span::content a problem"]);
    }

    fn mode(value: &str) -> ContentMode {
        parse(OsStr::new(value)).0
    }

    #[test]
    fn the_values_of_opentelemetry_and_of_older_instrumentations_are_understood() {
        assert_eq!([mode("NO_CONTENT"), mode("false"), mode(" ")], [ContentMode::None; 3]);
        assert_eq!([mode("SPAN_ONLY"), mode(" span_only ")], [ContentMode::Span; 2]);
        assert_eq!([mode("EVENT_ONLY"), mode("true"), mode("True")], [ContentMode::Event; 3]);
        assert_eq!(mode("SPAN_AND_EVENT"), ContentMode::SpanAndEvent);
    }

    #[test]
    fn a_value_that_is_not_understood_captures_nothing_and_is_told() {
        let (mode, told) = parse(OsStr::new(&format!("yes\n{}", "x".repeat(100))));
        let told = told.expect("a problem");
        assert_eq!(mode, ContentMode::None);
        assert!(told.starts_with(r#"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is "yes\nx"#), "{told}");
        assert!(told.contains("expected NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT") && told.len() < 250, "{told}");
        assert_eq!(parse(OsStr::new("NO_CONTENT")).1, None);
    }
}
