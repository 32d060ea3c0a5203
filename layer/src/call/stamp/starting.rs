//! Tells the layer that a span is the start of a call, when it was, and whether it tells the same as one before: `tracing`'s visit of each
//! field costs more than all else. A layer that knows how such calls begin need not keep it: it tells the call, and is told again at the end.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tracing::{Dispatch, Metadata, Span, dispatcher};

use super::recording::beside;
use crate::call::site::Site;

/// What a call tells when it starts, of what the contract stamps; ids, and fields of the user's own, may come with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// The same as the callsite's first call.
    Same,
    /// The same, but for the model, of which the subscriber's layer has made that, if it can.
    OtherModel(Option<Model>),
    /// Something else.
    Other,
}

/// What a layer has made of a model's name, in the fields that tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    /// The number of that layer.
    pub(crate) layer: u32,
    /// Its own affair; 0 for none.
    pub(crate) names: [u32; 2],
}

/// How a call was heard that began as others have: what a layer has to be told again when the call ends, as it keeps nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The number of that layer; 0 where those that heard the call keep what they heard.
    pub(crate) layer: u32,
    /// The callsite, as the layer numbers them.
    pub(crate) callsite: u32,
    /// What the layer has made of the model, where it is not the one of the callsite's first call.
    pub(crate) names: [u32; 2],
    /// Whether nothing is kept of any span above it.
    pub(crate) is_alone: bool,
}

/// What is known of a callsite.
#[derive(Debug)]
pub(crate) struct First {
    /// Provider and model of its first call: most that follow tell the same.
    names: OnceLock<[Option<Box<str>>; 2]>,
    /// Layers' own numbers of it, with the number of each layer in the upper half: to find it by a look.
    places: [AtomicU64; PLACES],
}

/// So many layers find a callsite at once; more than one are seldom.
const PLACES: usize = 4;

impl First {
    pub(in crate::call) const fn new() -> Self {
        Self { names: OnceLock::new(), places: [const { AtomicU64::new(0) }; PLACES] }
    }

    /// The model that its first call asked for, if it did.
    pub(crate) fn model(&self) -> Option<&str> {
        self.names.get()?[1].as_deref()
    }

    /// How that layer numbers the callsite, if it is known.
    #[inline]
    pub(crate) fn place(&self, layer: u32) -> Option<u32> {
        let place = self.places[layer as usize % PLACES].load(Ordering::Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
        (place >> 32 == u64::from(layer)).then_some(place as u32)
    }

    /// Notes how that layer numbers the callsite, unless a later one has taken the place: two would write it again and again.
    pub(crate) fn note(&self, layer: u32, callsite: u32) {
        let (place, of_layer) = (&self.places[layer as usize % PLACES], u64::from(layer) << 32);
        if place.load(Ordering::Relaxed) < of_layer {
            place.store(of_layer | u64::from(callsite), Ordering::Relaxed);
        }
    }

    /// What a call tells that names these.
    #[inline]
    pub(super) fn telling(
        &'static self,
        metadata: &'static Metadata<'static>,
        provider: Option<&str>,
        model: Option<&str>,
    ) -> Telling {
        // A name may be whatever a user sends: it would stay for the life of the process.
        let is_long = |name: Option<&str>| name.is_some_and(|name| name.len() > MAX_REMEMBERED);
        match self.names.get() {
            Some([first, _]) if first.as_deref() != provider => Telling::Other,
            Some([_, first]) if first.as_deref() == model => Telling::Same,
            Some([_, Some(_)]) => model.map_or(Telling::Other, |model| Telling::OtherModel(named(metadata, self, model))),
            None if !is_long(provider) && !is_long(model) => self.remember([provider, model]),
            _ => Telling::Other,
        }
    }

    #[cold]
    fn remember(&self, names: [Option<&str>; 2]) -> Telling {
        if self.names.set(names.map(|name| name.map(Box::from))).is_ok() { Telling::Same } else { Telling::Other }
    }
}

/// Longer names are not remembered.
const MAX_REMEMBERED: usize = 256;

/// What the layer of this thread's subscriber makes of a model's name, if it is shown by that.
fn named(metadata: &'static Metadata<'static>, first: &'static First, model: &str) -> Option<Model> {
    let name = beside()?.name;
    dispatcher::get_default(|dispatch: &Dispatch| name(dispatch, metadata, first, model))
}

/// A call whose span is being created.
#[derive(Clone, Copy)]
pub(crate) struct Starting {
    metadata: &'static Metadata<'static>,
    /// Its callsite.
    pub(crate) first: &'static First,
    pub(crate) started: Instant,
    pub(crate) telling: Telling,
    /// Whether it tells no more than that.
    pub(crate) is_all: bool,
    heard: Heard,
}

thread_local!(static STARTING: Cell<Option<Starting>> = const { Cell::new(None) });

/// Creates the span of a call.
///
/// Layers may make calls of their own meanwhile: what was being created is so again afterwards.
pub(super) fn starting(
    site: &'static Site,
    started: Instant,
    (telling, is_all): (Telling, bool),
    create: impl FnOnce() -> Span,
) -> (Span, Heard) {
    struct Started(Option<Starting>);
    impl Drop for Started {
        fn drop(&mut self) {
            let _ = STARTING.try_with(|starting| starting.set(self.0));
        }
    }
    let this = Starting { metadata: site.metadata(), first: &site.first, started, telling, is_all, heard: Heard::default() };
    let outer = STARTING.try_with(|starting| starting.replace(Some(this))).ok().flatten();
    let _started = Started(outer);
    let span = create();
    let heard = current().map_or_else(Heard::default, |this| this.heard);
    (span, heard)
}

#[inline]
fn current() -> Option<Starting> {
    STARTING.try_with(Cell::get).ok().flatten()
}

/// The call whose span is being created with that metadata; `None` where the span is none of a call.
#[inline]
pub(crate) fn started(metadata: &'static Metadata<'static>) -> Option<Starting> {
    current().filter(|this| std::ptr::eq(this.metadata, metadata))
}

/// Has the call whose span is being created tell at its end how it was heard; whether it will: it tells one layer.
#[inline]
pub(crate) fn hear(heard: Heard) -> bool {
    let hear = |starting: &Cell<Option<Starting>>| {
        let this = starting.get().filter(|this| this.heard.layer == 0);
        this.is_some_and(|this| starting.replace(Some(Starting { heard, ..this })).is_some())
    };
    STARTING.try_with(hear).unwrap_or(false)
}
