//! Callsites of calls, and the one place that touches what `tracing` hides from its documentation.
//!
//! `tracing`'s macros are not used: they munch each field as tokens, which costs a tenfold compile time with a contract's
//! fields. The hidden calls are `DefaultCallsite`, `Identifier`, `FieldSet::value_set_all` and `Span::record_all`; the macros of
//! `tracing` expand to the same ones. The tests below pin what is expected of them.

use llm_span_contract::Operation;
use tracing::{
    Level, Metadata, Span,
    callsite::{DefaultCallsite, Identifier},
    field::{FieldSet, Value, ValueSet},
    level_filters::{LevelFilter, STATIC_MAX_LEVEL},
    metadata::Kind,
    span,
};

/// Metadata of a call's span.
pub const fn metadata(
    name: &'static str,
    target: &'static str,
    level: Level,
    (file, line, module_path): (&'static str, u32, &'static str),
    fields: &'static [&'static str],
    callsite: &'static DefaultCallsite,
) -> Metadata<'static> {
    let fields = FieldSet::new(fields, Identifier(callsite));
    Metadata::new(name, target, level, Some(file), Some(line), Some(module_path), fields, Kind::SPAN)
}

/// A callsite in one `static`, which the macro makes for each function: a third of the code that its parts in three take.
#[derive(Debug)]
pub struct Place {
    /// The calls that are made here.
    pub site: Site,
    callsite: DefaultCallsite,
    metadata: Metadata<'static>,
}

impl Place {
    /// The place that stands in `this`, which is the `static` that this is the value of.
    pub const fn new(
        this: &'static Self,
        operation: Operation,
        name: &'static str,
        level: Level,
        target: &'static str,
        place: (&'static str, u32, &'static str),
        fields: &'static [&'static str],
    ) -> Self {
        Self {
            site: Site::new(&this.callsite, &this.metadata, operation, false),
            callsite: DefaultCallsite::new(&this.metadata),
            metadata: metadata(name, target, level, place, fields, &this.callsite),
        }
    }

    /// The same, with `{operation} {model}` as the exported span's name.
    #[must_use]
    pub const fn conventional(mut self) -> Self {
        self.site.conventional_name = true;
        self
    }
}

/// Values by position, as many as the callsite has fields.
pub(super) type Values<'a> = [Option<&'a dyn Value>];

/// Whose child a new span is.
#[derive(Debug)]
pub enum Parent {
    /// The current span's.
    Current,
    /// That span's; nobody's, if `None`.
    Explicit(Option<span::Id>),
}

/// A place in the program where calls are made.
#[derive(Debug)]
pub struct Site {
    callsite: &'static DefaultCallsite,
    metadata: &'static Metadata<'static>,
    pub(super) operation: Operation,
    /// Whether the exported span is named `{operation} {model}`.
    pub(super) conventional_name: bool,
}

impl Site {
    /// A place where calls of `operation` are made.
    pub const fn new(
        callsite: &'static DefaultCallsite,
        metadata: &'static Metadata<'static>,
        operation: Operation,
        conventional_name: bool,
    ) -> Self {
        Self { callsite, metadata, operation, conventional_name }
    }

    /// Whether anybody listens here. Without a subscriber this is one load and one comparison.
    #[inline]
    pub fn enabled(&'static self) -> bool {
        let level = *self.metadata.level();
        level <= STATIC_MAX_LEVEL && level <= LevelFilter::current() && self.interesting()
    }

    fn interesting(&'static self) -> bool {
        use tracing::Callsite as _;
        let interest = self.callsite.interest();
        let asked = || tracing::dispatcher::get_default(|dispatch| dispatch.enabled(self.callsite.metadata()));
        !interest.is_never() && (interest.is_always() || asked())
    }

    pub(super) fn metadata(&self) -> &'static Metadata<'static> {
        self.metadata
    }

    pub(super) fn fields(&self) -> usize {
        self.metadata.fields().len()
    }

    pub(super) fn span(&'static self, values: &Values<'_>, parent: Parent) -> Span {
        let values = self.value_set(values);
        match parent {
            Parent::Current => Span::new(self.metadata, &values),
            Parent::Explicit(parent) => Span::child_of(parent, self.metadata, &values),
        }
    }

    pub(super) fn record(&'static self, span: &Span, values: &Values<'_>) {
        span.record_all(&self.value_set(values));
    }

    fn value_set<'a>(&'static self, values: &'a Values<'a>) -> ValueSet<'a> {
        self.metadata.fields().value_set_all(values)
    }
}

/// A span of which nothing is recorded.
#[cfg(feature = "layer")]
pub(crate) fn empty_span(metadata: &'static Metadata<'static>) -> Span {
    let nothing = [None; llm_span_contract::stamp::FIELDS.len()];
    Span::new(metadata, &metadata.fields().value_set_all(&nothing))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{Event, Subscriber, field::Visit, span::Attributes, subscriber::Interest};

    use super::*;

    static SITE: Site = {
        static METADATA: Metadata<'static> =
            metadata("llm.completion", "here", Level::INFO, ("site.rs", 7, "site"), &["a", "b", "c"], &CALLSITE);
        static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
        Site::new(&CALLSITE, &METADATA, Operation::Chat, false)
    };

    /// Writes down what it is told.
    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<String>>>);

    impl Visit for Recorder {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            self.0.lock().unwrap().push(format!("{}={value:?}", field.name()));
        }
    }

    impl Subscriber for Recorder {
        fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
            Interest::always()
        }
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, attributes: &Attributes<'_>) -> span::Id {
            let metadata = attributes.metadata();
            let place = format!("{} {}:{}", metadata.name(), metadata.file().unwrap(), metadata.line().unwrap());
            self.0.lock().unwrap().push(place);
            attributes.record(&mut self.clone());
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, record: &span::Record<'_>) {
            record.record(&mut self.clone());
        }
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn values_go_to_the_fields_of_their_position_and_absent_ones_nowhere() {
        let recorder = Recorder::default();
        tracing::subscriber::with_default(recorder.clone(), || {
            assert!(SITE.enabled());
            let span = SITE.span(&[Some(&1_i64), None, Some(&"x")], Parent::Current);
            SITE.record(&span, &[None, Some(&true), None]);
        });
        let seen = recorder.0.lock().unwrap().join(" ");
        assert_eq!(seen, r#"llm.completion site.rs:7 a=1 c="x" b=true"#);
    }
}
