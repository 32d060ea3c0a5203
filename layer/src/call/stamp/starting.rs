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

use super::{recording::beside, start::Tells};
use crate::call::site::Site;

/// What a call tells when it starts, of provider and model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// The same as the callsite's first call.
    Same,
    /// The same, but for the model.
    OtherModel,
    /// Something else.
    Other,
}

/// So many values set a call apart, beside the model's name.
pub(crate) const MAX_VALUES: usize = 4;

/// What a layer has made of what sets a call apart from its callsite's first one: the layer's own affair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What is there, as bits; in bytes, so that calls take as little room as can be.
    pub(crate) present: [u8; 8],
    /// The model's name; 0 where it is the first call's.
    pub(crate) model: u32,
    pub(crate) values: [u32; MAX_VALUES],
    /// What these values are of; 0 for none.
    pub(crate) places: [u8; MAX_VALUES],
}

/// The same, with the number of the layer.
pub(crate) type Answer = (u32, Difference);

/// How a call was heard that began as others have: what a layer has to be told again when the call ends, as it keeps nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The number of that layer; 0 where those that heard the call keep what they heard.
    pub(crate) layer: u32,
    /// The callsite, as the layer numbers them.
    pub(crate) callsite: u32,
    pub(crate) difference: Difference,
    /// Whether nothing is kept of any span above it.
    pub(crate) is_alone: bool,
}

impl Heard {
    pub(super) const NONE: Self = Self {
        layer: 0,
        callsite: 0,
        difference: Difference { present: [0; 8], model: 0, values: [0; MAX_VALUES], places: [0; MAX_VALUES] },
        is_alone: false,
    };
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
    fn telling(&self, provider: Option<&str>, model: Option<&str>) -> Telling {
        // A name may be whatever a user sends: it would stay for the life of the process.
        let is_long = |name: Option<&str>| name.is_some_and(|name| name.len() > MAX_REMEMBERED);
        match self.names.get() {
            Some([first, _]) if first.as_deref() != provider => Telling::Other,
            Some([_, first]) if first.as_deref() == model => Telling::Same,
            Some([_, Some(_)]) if model.is_some() => Telling::OtherModel,
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

/// What the layer of this thread's subscriber makes of what sets a call apart, if it is shown by that.
fn ask(site: &'static Site, telling: Telling, tells: &Tells<'_>) -> Option<Answer> {
    let answer = beside()?.answer;
    dispatcher::get_default(|dispatch: &Dispatch| answer(dispatch, site.metadata(), &site.first, telling, tells))
}

/// A call whose span is being created.
#[derive(Clone, Copy)]
pub(crate) struct Starting {
    site: &'static Site,
    pub(crate) started: Instant,
    pub(crate) telling: Telling,
    /// Whether it tells no more than that.
    pub(crate) is_all: bool,
}

impl Starting {
    /// Its callsite.
    pub(crate) fn first(&self) -> &'static First {
        &self.site.first
    }
}

/// The call whose span this thread creates; each of it is looked at on its own.
struct Now {
    starting: Cell<Option<Starting>>,
    /// What a layer has made of what sets it apart, if something does.
    answer: Cell<Option<Answer>>,
    heard: Cell<Heard>,
}

/// What was so before, to be so again.
#[derive(Clone, Copy)]
struct Outer {
    starting: Option<Starting>,
    answer: Option<Answer>,
    heard: Heard,
}

impl Now {
    fn get(&self) -> Outer {
        Outer { starting: self.starting.get(), answer: self.answer.get(), heard: self.heard.get() }
    }

    #[inline]
    fn set(&self, to: Outer) {
        self.starting.set(to.starting);
        self.answer.set(to.answer);
        self.heard.set(to.heard);
    }
}

thread_local! {
    static NOW: Now = const { Now { starting: Cell::new(None), answer: Cell::new(None), heard: Cell::new(Heard::NONE) } };
}

/// Creates the span of a call.
///
/// Layers may make calls of their own meanwhile: what was being created is so again afterwards.
pub(super) fn starting(site: &'static Site, started: Instant, tells: &Tells<'_>, create: impl FnOnce() -> Span) -> (Span, Heard) {
    struct Within(Option<Box<Outer>>);
    impl Drop for Within {
        #[inline]
        fn drop(&mut self) {
            let nothing = Outer { starting: None, answer: None, heard: Heard::NONE };
            let outer = self.0.take().map_or(nothing, |outer| *outer);
            let _ = NOW.try_with(|now| now.set(outer));
        }
    }
    let telling = site.first.telling(tells.provider, tells.model);
    let is_all = tells.extra.is_empty() && tells.ids.is_empty() && !tells.shows_content;
    let is_apart = telling == Telling::OtherModel || (telling == Telling::Same && !is_all);
    let answer = if is_apart && !tells.shows_content { ask(site, telling, tells) } else { None };
    let this = Outer { starting: Some(Starting { site, started, telling, is_all }), answer, heard: Heard::NONE };
    let outer = NOW.try_with(|now| {
        let outer = now.starting.get().map(|_| Box::new(now.get()));
        now.set(this);
        outer
    });
    let _within = Within(outer.ok().flatten());
    let span = create();
    (span, NOW.try_with(|now| now.heard.get()).unwrap_or_default())
}

/// The call whose span is being created with that metadata; `None` where the span is none of a call.
#[inline]
pub(crate) fn started(metadata: &'static Metadata<'static>) -> Option<Starting> {
    let starting = NOW.try_with(|now| now.starting.get()).ok().flatten();
    starting.filter(|this| std::ptr::eq(this.site.metadata(), metadata))
}

/// What that layer has made of what sets the call apart whose span is being created.
#[inline]
pub(crate) fn answer_of(layer: u32) -> Option<Difference> {
    let (by, difference) = NOW.try_with(|now| now.answer.get()).ok().flatten()?;
    (by == layer).then_some(difference)
}

/// Has the call whose span is being created tell at its end how it was heard; whether it will: it tells one layer.
#[inline]
pub(crate) fn hear(heard: Heard) -> bool {
    let hear = |now: &Now| {
        let is_first = now.heard.get().layer == 0;
        if is_first {
            now.heard.set(heard);
        }
        is_first
    };
    NOW.try_with(hear).unwrap_or(false)
}
