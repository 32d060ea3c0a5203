//! A call whose function returns a future: its values are read when the function is called, its span begins at the first poll.

use std::fmt;

use tracing::{
    Id,
    field::{Field, Value, Visit, debug},
};

use super::super::{
    Call,
    site::{Parent, Site},
    stamp::{Ids, Start},
};

/// A call that starts when it is polled; owns what it starts with. A future has it in it, so what only some need is in a box.
#[derive(Debug)]
pub struct Prepared {
    site: &'static Site,
    values: Option<Box<Values>>,
}

#[derive(Debug)]
struct Values {
    provider: Option<String>,
    model: Option<String>,
    ids: [Option<String>; 3],
    content: Vec<(usize, String)>,
    extra: Vec<Option<Owned>>,
    parent: Parent,
    causes: Vec<Option<Id>>,
}

impl Site {
    /// Keeps what a call will start with.
    pub fn prepare(&'static self, start: Start<'_>) -> Prepared {
        let first = self.fields() - start.extra.len();
        let fields = self.metadata().fields().iter().skip(first);
        let own = |(field, value): (Field, Option<&dyn Value>)| value.and_then(|value| Owned::of(&field, value));
        let values = Values {
            provider: start.provider.map(str::to_owned),
            model: start.model.map(str::to_owned),
            extra: fields.zip(start.extra.iter().copied()).map(own).collect(),
            ids: [start.ids.conversation, start.ids.session, start.ids.user].map(|id| id.map(str::to_owned)),
            content: start.content.to_vec(),
            parent: start.parent,
            causes: Vec::new(),
        };
        Prepared { site: self, values: Some(Box::new(values)) }
    }

    /// A call that nobody listens to when its function is called.
    #[inline]
    pub fn pass(&'static self) -> Prepared {
        Prepared { site: self, values: None }
    }
}

impl Prepared {
    /// With what the call's span will follow from.
    #[must_use]
    pub fn follow<I: Into<Option<Id>>>(mut self, causes: impl IntoIterator<Item = I>) -> Self {
        if let Some(values) = &mut self.values {
            values.causes.extend(causes.into_iter().map(Into::into));
        }
        self
    }

    /// Starts the call.
    #[inline]
    pub fn start(self) -> Call {
        match self.values {
            Some(values) if self.site.enabled() => values.start(self.site),
            _ => self.site.skip(),
        }
    }
}

impl Values {
    fn start(self: Box<Self>, site: &'static Site) -> Call {
        let values = *self;
        let extra: Vec<Option<&dyn Value>> = values.extra.iter().map(|value| value.as_ref().map(Owned::as_value)).collect();
        let [conversation, session, user] = values.ids.each_ref().map(Option::as_deref);
        let call = site.start(Start {
            provider: values.provider.as_deref(),
            model: values.model.as_deref(),
            ids: Ids { conversation, session, user },
            extra: &extra,
            content: &values.content,
            sums: false,
            parent: values.parent,
        });
        super::follow(&call, values.causes);
        call
    }
}

/// A field's value that borrows nothing.
#[derive(Debug)]
enum Owned {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
    Text(String),
    Debug(tracing::field::DebugValue<Raw>),
}

/// What a `Debug` has written, as it was written.
struct Raw(String);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Owned {
    fn of(field: &Field, value: &dyn Value) -> Option<Self> {
        struct Reader(Option<Owned>);

        impl Visit for Reader {
            fn record_i64(&mut self, _: &Field, value: i64) {
                self.0 = Some(Owned::Signed(value));
            }
            fn record_u64(&mut self, _: &Field, value: u64) {
                self.0 = Some(Owned::Unsigned(value));
            }
            fn record_f64(&mut self, _: &Field, value: f64) {
                self.0 = Some(Owned::Float(value));
            }
            fn record_bool(&mut self, _: &Field, value: bool) {
                self.0 = Some(Owned::Bool(value));
            }
            fn record_str(&mut self, _: &Field, value: &str) {
                self.0 = Some(Owned::Text(value.to_owned()));
            }
            fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
                self.0 = Some(Owned::Debug(debug(Raw(crate::guard::format(value)))));
            }
        }

        let mut reader = Reader(None);
        value.record(field, &mut reader);
        reader.0
    }

    fn as_value(&self) -> &dyn Value {
        match self {
            Self::Signed(value) => value,
            Self::Unsigned(value) => value,
            Self::Float(value) => value,
            Self::Bool(value) => value,
            Self::Text(value) => value,
            Self::Debug(value) => value,
        }
    }
}
