//! Callsites of calls, and the one place that touches what `tracing` hides from its documentation.
//!
//! `tracing`'s macros are not used: they munch each field as tokens, which costs a tenfold compile time with a contract's
//! fields. The hidden calls are `DefaultCallsite`, `Identifier`, `FieldSet::value_set_all` and `Span::record_all`; the macros of
//! `tracing` expand to the same ones. The tests below pin what is expected of them.

use llm_span_contract::{Operation, SpanKind};
use tracing::{
    Level, Metadata, Span,
    callsite::{DefaultCallsite, Identifier},
    field::{FieldSet, Value, ValueSet},
    level_filters::{LevelFilter, STATIC_MAX_LEVEL},
    metadata::Kind,
    span,
};

use super::stamp::First;

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
            site: Site::new(&this.callsite, &this.metadata, operation),
            callsite: DefaultCallsite::new(&this.metadata),
            metadata: metadata(name, target, level, place, fields, &this.callsite),
        }
    }

    /// The same, with `{operation} {model}` as the exported span's name.
    #[must_use]
    pub const fn conventional(mut self) -> Self {
        self.site.naming = Naming::Model;
        self
    }

    /// The same, with `{operation} {…}` as the exported span's name: the text of that field among the user's own.
    #[must_use]
    pub const fn named_by(mut self, field: usize) -> Self {
        self.site.naming = Naming::Field(field);
        self
    }

    /// The same, of another kind than the operation's.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.site.kind = Some(kind);
        self
    }

    /// The same, with the sum of what the calls below it use.
    #[must_use]
    pub const fn summing(mut self) -> Self {
        self.site.sums = true;
        self
    }

    /// The same, whose output, where it is captured, goes to that field among the user's own.
    #[must_use]
    pub const fn output(mut self, field: usize) -> Self {
        self.site.output = Some(field);
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

/// What the exported span is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// As the span itself.
    Plain,
    /// `{operation} {model}`.
    Model,
    /// `{operation}`, and the text of that field among the user's own.
    Field(usize),
}

/// Whether nobody listens anywhere: one load and one comparison.
#[inline]
pub fn is_off() -> bool {
    LevelFilter::current() == LevelFilter::OFF
}

/// A place in the program where calls are made.
#[derive(Debug)]
pub struct Site {
    callsite: &'static DefaultCallsite,
    metadata: &'static Metadata<'static>,
    pub(super) operation: Operation,
    pub(super) naming: Naming,
    /// Its kind, where it is not the operation's.
    pub(super) kind: Option<SpanKind>,
    /// Whether its usage is the sum of what the calls below it use.
    pub(super) sums: bool,
    /// The field among the user's own that takes the output, where it is captured.
    pub(super) output: Option<usize>,
    pub(super) first: First,
}

impl Site {
    /// A place where calls of `operation` are made.
    pub const fn new(callsite: &'static DefaultCallsite, metadata: &'static Metadata<'static>, operation: Operation) -> Self {
        Self { callsite, metadata, operation, naming: Naming::Plain, kind: None, sums: false, output: None, first: First::new() }
    }

    /// The same, with that name for the exported span.
    #[must_use]
    pub(super) const fn named(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Whether anybody listens here. Without a subscriber this is one load and one comparison.
    #[inline]
    pub fn enabled(&'static self) -> bool {
        let level = *self.metadata.level();
        level <= STATIC_MAX_LEVEL && level <= LevelFilter::current() && self.interesting()
    }

    fn interesting(&'static self) -> bool {
        use tracing::Callsite as _;
        // Whoever reads the environment may log what is wrong with it. Before anybody is asked about the span: an event in between takes the answers of
        // filters for its own, and the span would be shown to a layer that does not want it.
        _ = crate::content::mode();
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

    /// The key of a field among the user's own.
    pub(super) fn own_key(&self, field: usize) -> &'static str {
        self.metadata().fields().iter().nth(llm_span_contract::stamp::FIELDS.len() + field).map_or("", |field| field.name())
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
        Site::new(&CALLSITE, &METADATA, Operation::Chat)
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
