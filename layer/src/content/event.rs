//! Texts in events, where they need not swell the span.

use tracing::{Level, Span, dispatcher};

macro_rules! events {
    ($($key:literal = $($field:ident).+),* $(,)?) => {
        /// The attributes that an event can carry.
        #[cfg(test)]
        const KEYS: &[&str] = &[$($key),*];

        /// Tells a text that was prepared in an event below the call's span, for whoever listens to that span.
        ///
        /// The fields of an event are fixed where it is written, so each attribute has an event of its own. Of another attribute
        /// none is told.
        pub(crate) fn emit(span: &Span, key: &'static str, text: &str) {
            // The thread's subscriber may be another one, and know another span by that id.
            span.with_subscriber(|(id, dispatch)| {
                dispatcher::with_default(dispatch, || match key {
                    $($key => tracing::event!(
                        name: "gen_ai.client.inference.operation.details",
                        target: "llm_span::content",
                        parent: id,
                        Level::INFO,
                        $($field).+ = text
                    ),)*
                    _ => {}
                });
            });
        }
    };
}

events! {
    "gen_ai.system_instructions" = gen_ai.system_instructions,
    "gen_ai.input.messages" = gen_ai.input.messages,
    "gen_ai.output.messages" = gen_ai.output.messages,
    "gen_ai.tool.definitions" = gen_ai.tool.definitions,
    "gen_ai.tool.call.arguments" = gen_ai.tool.call.arguments,
    "gen_ai.tool.call.result" = gen_ai.tool.call.result,
    "gen_ai.retrieval.query.text" = gen_ai.retrieval.query.text,
    "gen_ai.retrieval.documents" = gen_ai.retrieval.documents,
}

#[cfg(test)]
mod tests {
    use std::{
        fmt::Write as _,
        sync::{Arc, Mutex},
    };

    use tracing::{
        Event, Id, Metadata, Subscriber,
        field::{Field, Visit},
        span::{Attributes, Record},
    };

    use super::*;

    /// Writes down the events it is told.
    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            // Writing to a `String` does not fail.
            _ = write!(self.0, " {}={value:?}", field.name());
        }
    }

    impl Subscriber for Recorder {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(7)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            let (metadata, parent) = (event.metadata(), event.parent().map(Id::into_u64));
            let mut line = Line(format!("{} {} {parent:?}", metadata.target(), metadata.name()));
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn each_text_is_an_event_below_its_span_for_whoever_listens_to_that() {
        let recorder = Recorder::default();
        let span = tracing::subscriber::with_default(recorder.clone(), || tracing::info_span!("call"));
        for key in KEYS {
            emit(&span, key, "text");
        }
        emit(&span, "another.key", "text");
        emit(&Span::none(), KEYS[0], "text");
        let told = recorder.0.lock().unwrap().clone();
        let event = |key| format!("llm_span::content gen_ai.client.inference.operation.details Some(7) {key}=\"text\"");
        assert_eq!(told, KEYS.iter().map(event).collect::<Vec<_>>());
    }
}
