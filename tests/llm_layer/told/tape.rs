//! What spans were told, to be told again outside of any call.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Id, Level, Metadata, Span, Subscriber,
    field::{Field, Value, Visit},
    span::{Attributes, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// All that a layer was shown, to be shown to another one outside of any call.
#[derive(Clone, Default)]
pub(super) struct Tape(Arc<Mutex<Vec<Shown>>>);

enum Shown {
    New { id: u64, parent: Option<u64>, metadata: &'static Metadata<'static>, values: Values },
    Record(u64, Values),
    Enter(u64),
    Exit(u64),
    Erred(u64),
    Close(u64),
}

/// By the positions of their fields.
#[derive(Default)]
struct Values(Vec<(usize, Box<dyn Value + Send>)>);

impl Visit for Values {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.index(), Box::new(value)));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.index(), Box::new(value)));
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.index(), Box::new(value)));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.index(), Box::new(value)));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.index(), Box::new(value.to_owned())));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.index(), Box::new(format!("{value:?}"))));
    }
}

impl Values {
    fn of(record: impl FnOnce(&mut Self)) -> Self {
        let mut values = Self::default();
        record(&mut values);
        values
    }

    fn by_position(&self, metadata: &Metadata<'_>) -> Vec<Option<&dyn Value>> {
        let mut all: Vec<Option<&dyn Value>> = vec![None; metadata.fields().len()];
        for (at, value) in &self.0 {
            all[*at] = Some(&**value);
        }
        all
    }
}

impl Tape {
    fn note(&self, shown: Shown) {
        self.0.lock().unwrap().push(shown);
    }

    /// Shows it again, each span created outside of any call.
    pub(super) fn replay(&self) {
        let mut spans: HashMap<u64, Span> = HashMap::new();
        for shown in std::mem::take(&mut *self.0.lock().unwrap()) {
            match shown {
                Shown::New { id, parent, metadata, values } => {
                    let parent = parent.and_then(|parent| spans.get(&parent)?.id());
                    let values = values.by_position(metadata);
                    let span = Span::child_of(parent, metadata, &metadata.fields().value_set_all(&values));
                    spans.insert(id, span);
                }
                Shown::Record(id, values) => {
                    let metadata = spans[&id].metadata().unwrap();
                    let values = values.by_position(metadata);
                    spans[&id].record_all(&metadata.fields().value_set_all(&values));
                }
                Shown::Enter(id) => drop(spans[&id].with_subscriber(|(id, dispatch)| dispatch.enter(id))),
                Shown::Exit(id) => drop(spans[&id].with_subscriber(|(id, dispatch)| dispatch.exit(id))),
                Shown::Erred(id) => tracing::error!(parent: &spans[&id], "it failed"),
                Shown::Close(id) => drop(spans.remove(&id)),
            }
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Tape {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.span(id).and_then(|span| Some(span.parent()?.id().into_u64()));
        let values = Values::of(|values| attributes.record(values));
        self.note(Shown::New { id: id.into_u64(), parent, metadata: attributes.metadata(), values });
    }
    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        self.note(Shown::Record(id.into_u64(), Values::of(|values| record.record(values))));
    }
    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.note(Shown::Enter(id.into_u64()));
    }
    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.note(Shown::Exit(id.into_u64()));
    }
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if let Some(span) = context.event_span(event).filter(|_| *event.metadata().level() == Level::ERROR) {
            self.note(Shown::Erred(span.id().into_u64()));
        }
    }
    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.note(Shown::Close(id.into_u64()));
    }
}
