//! Writes down the spans of one thread's tests: what they declare, what was recorded, whose children they are.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Metadata,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
};

/// A recorded value, with the type it was recorded as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Int(i64),
    Unsigned(u64),
    Double(f64),
    Bool(bool),
    Text(String),
    /// Through `Debug` or `Display`.
    Formatted(String),
}

/// A span that was seen.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) metadata: &'static Metadata<'static>,
    pub(crate) fields: BTreeMap<&'static str, Value>,
    /// How often a value was recorded, by field.
    pub(crate) records: BTreeMap<&'static str, usize>,
    pub(crate) parent: Option<&'static str>,
    pub(crate) follows: Vec<&'static str>,
    pub(crate) events: Vec<String>,
    pub(crate) closed: bool,
}

impl Span {
    /// The text of a field; panics where there is none.
    #[track_caller]
    pub(crate) fn text(&self, key: &str) -> &str {
        match self.fields.get(key) {
            Some(Value::Text(text) | Value::Formatted(text)) => text,
            other => panic!("`{key}` is {other:?} in {self:#?}"),
        }
    }

    /// The signed number of a field; panics where there is none.
    #[track_caller]
    pub(crate) fn int(&self, key: &str) -> i64 {
        match self.fields.get(key) {
            Some(Value::Int(number)) => *number,
            other => panic!("`{key}` is {other:?} in {self:#?}"),
        }
    }

    /// Whether a value was recorded.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    pub(crate) fn outcome(&self) -> &str {
        self.text("llm.outcome")
    }

    /// Prompt, completion and total.
    #[track_caller]
    pub(crate) fn tokens(&self) -> (i64, i64, i64) {
        (self.int("llm.tokens.prompt"), self.int("llm.tokens.completion"), self.int("llm.tokens.total"))
    }
}

/// What was seen since [`record`].
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<(Id, Span)>>>);

impl Recorder {
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.0.lock().unwrap().iter().map(|(_, span)| span.clone()).collect()
    }

    /// The only span there was.
    #[track_caller]
    pub(crate) fn only(&self) -> Span {
        let spans = self.spans();
        assert_eq!(spans.len(), 1, "one span was expected: {spans:#?}");
        spans.into_iter().next().unwrap()
    }

    /// The span whose model this is.
    #[track_caller]
    pub(crate) fn of_model(&self, model: &str) -> Span {
        let model = Value::Text(model.to_owned());
        let spans = self.spans();
        spans
            .into_iter()
            .find(|span| span.fields.get("llm.model") == Some(&model))
            .unwrap_or_else(|| panic!("no span of {model:?}"))
    }

    fn change(&self, id: &Id, change: impl FnOnce(&mut Span)) {
        // Ids are used again after a span has closed: the last one is meant.
        if let Some((_, span)) = self.0.lock().unwrap().iter_mut().rev().find(|(other, _)| other == id) {
            change(span);
        }
    }
}

/// Records the spans of this thread, until the guard is dropped.
pub(crate) fn record() -> (Recorder, DefaultGuard) {
    llm_span::testing::keep_callsites_open();
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    (recorder, guard)
}

impl Layer<Registry> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        let mut span = Span {
            metadata: attributes.metadata(),
            fields: BTreeMap::new(),
            records: BTreeMap::new(),
            parent: context.span(id).and_then(|span| Some(span.parent()?.name())),
            follows: Vec::new(),
            events: Vec::new(),
            closed: false,
        };
        attributes.record(&mut span);
        self.0.lock().unwrap().push((id.clone(), span));
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, Registry>) {
        self.change(id, |span| record.record(span));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, Registry>) {
        let name = context.metadata(follows).map_or("", Metadata::name);
        self.change(id, |span| span.follows.push(name));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, Registry>) {
        if let Some(inside) = context.event_span(event) {
            let mut text = String::new();
            event.record(&mut |_: &Field, value: &dyn Debug| text = format!("{value:?}"));
            self.change(&inside.id(), |span| span.events.push(text));
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, Registry>) {
        self.change(&id, |span| span.closed = true);
    }
}

impl Span {
    fn set(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name(), value);
        *self.records.entry(field.name()).or_default() += 1;
    }
}

impl Visit for Span {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Value::Int(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Value::Unsigned(value));
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::Double(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Value::Bool(value));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::Text(value.to_owned()));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, Value::Formatted(format!("{value:?}")));
    }
}

/// The level of a span.
pub(crate) fn level(span: &Span) -> Level {
    *span.metadata.level()
}
