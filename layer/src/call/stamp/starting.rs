//! Tells the layer that a span is the start of a call, when it was, and whether it tells the same as one before: `tracing`'s visit of each
//! field costs more than all else.

use std::{cell::Cell, sync::OnceLock, time::Instant};

use tracing::{Metadata, Span};

/// What a call tells when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// The same as the callsite's first call.
    Same,
    /// The same, but for the model.
    OtherModel,
    /// Something else.
    Other,
}

/// Provider and model of a callsite's first call that tells no more than these: most that follow tell the same.
#[derive(Debug, Default)]
pub(in crate::call) struct First(OnceLock<[Option<Box<str>>; 2]>);

impl First {
    pub(in crate::call) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What a call tells that names these, and no more if `is_all`.
    #[inline]
    pub(super) fn telling(&self, provider: Option<&str>, model: Option<&str>, is_all: bool) -> Telling {
        // A name may be whatever a user sends: it would stay for the life of the process.
        let is_long = |name: Option<&str>| name.is_some_and(|name| name.len() > MAX_REMEMBERED);
        match self.0.get() {
            _ if !is_all => Telling::Other,
            Some([first, _]) if first.as_deref() != provider => Telling::Other,
            Some([_, first]) if first.as_deref() == model => Telling::Same,
            Some([_, first]) if first.is_some() && model.is_some() => Telling::OtherModel,
            None if !is_long(provider) && !is_long(model) => self.remember([provider, model]),
            _ => Telling::Other,
        }
    }

    #[cold]
    fn remember(&self, names: [Option<&str>; 2]) -> Telling {
        if self.0.set(names.map(|name| name.map(Box::from))).is_ok() { Telling::Same } else { Telling::Other }
    }
}

/// Longer names are not remembered.
const MAX_REMEMBERED: usize = 256;

thread_local!(static STARTING: Cell<Option<(&'static Metadata<'static>, Instant, Telling)>> = const { Cell::new(None) });

/// Creates the span of a call.
///
/// Layers may make calls of their own meanwhile: what was being created is so again afterwards.
pub(super) fn starting(
    metadata: &'static Metadata<'static>,
    now: Instant,
    telling: Telling,
    create: impl FnOnce() -> Span,
) -> Span {
    struct Started(Option<(&'static Metadata<'static>, Instant, Telling)>);
    impl Drop for Started {
        fn drop(&mut self) {
            let _ = STARTING.try_with(|starting| starting.set(self.0));
        }
    }
    let outer = STARTING.try_with(|starting| starting.replace(Some((metadata, now, telling)))).ok().flatten();
    let _started = Started(outer);
    create()
}

/// When the call began whose span is being created with that metadata, and what it tells; `None` where the span is none of a call.
#[inline]
pub(crate) fn started(metadata: &'static Metadata<'static>) -> Option<(Instant, Telling)> {
    let starting = STARTING.try_with(Cell::get).ok().flatten();
    starting.filter(|(of, ..)| std::ptr::eq(*of, metadata)).map(|(_, started, telling)| (started, telling))
}
