//! A rule, as it is compiled for the spans of a callsite: where its labels come from, and where its measurements go.

use std::{borrow::Cow, sync::Arc};

use llm_span_contract::{Fact, Label, Point, Source};

use super::{
    Measured,
    key::{Key, POSITIONS},
    layout::{Layout, TextAt},
    target::Kind,
    what::What,
};
use crate::{
    layer::{
        intern::{Interner, Symbol},
        schema::MAX_SYMBOLS,
    },
    metrics::{Labels, cleaned},
};

/// One measurement that a metric takes of the spans of a callsite.
#[derive(Debug)]
pub(super) struct Rule {
    /// The metric, by its position.
    pub(super) metric: usize,
    pub(super) what: What,
    pub(super) goes: Goes,
    pub(super) labels: Box<[LabelPlan]>,
    pub(super) fixed: Box<[(Cow<'static, str>, Arc<str>)]>,
}

/// Where in a [`Series`](super::series::Series) the measurements of a rule go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goes {
    /// Into the sum at that place.
    Count(Kind, u8),
    /// In lots into the distribution that is bound at that place.
    Row(u8),
    /// Into what is bound at that place.
    Bound(usize),
}

/// Where a label's value comes from.
#[derive(Clone, Debug)]
pub(super) struct LabelPlan {
    name: Cow<'static, str>,
    parts: Box<[Part]>,
    default: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
enum Part {
    /// The same for every span of the callsite.
    Settled(Arc<str>),
    /// As the text reads that stands there in the [`Key`].
    Plain(usize),
    /// As the source spells that text.
    Spelt(usize, Source),
}

/// The places that labels of a group of rules are read from: of several the first that has a text.
#[derive(Debug, Default)]
pub(super) struct Positions(Vec<Box<[TextAt]>>);

/// The same, to be read at the end of each span.
#[derive(Debug, Default)]
pub(super) struct Reads {
    len: usize,
    /// Two slots each, or one twice, as far as that is all: read without a branch.
    slots: Box<[[u8; 2]]>,
    /// The others, with their positions.
    others: Box<[(usize, Box<[TextAt]>)]>,
}

/// The slots' texts, as many as a place is sure to be one of.
const TEXTS: usize = MAX_SYMBOLS.next_power_of_two();

/// What the layer itself tells of a span.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) name: &'a str,
    pub(super) service: &'a Arc<str>,
}

impl Rule {
    pub(super) fn new(metric: usize, point: &Point, labels: Box<[LabelPlan]>, what: What) -> Self {
        let fixed = point.fixed.iter().map(|(name, value)| (name.clone(), Arc::from(value.as_ref()))).collect();
        Self { metric, what, goes: Goes::Bound(0), labels, fixed }
    }

    /// The labels of the spans of a key.
    pub(super) fn labels(&self, key: &Key, interner: &Interner) -> Labels {
        let of_span = self.labels.iter().filter_map(|label| Some((label.name.clone(), label.value(key, interner)?)));
        of_span.chain(self.fixed.iter().cloned()).collect()
    }
}

impl LabelPlan {
    /// Takes positions for what the label is read from.
    pub(super) fn new(label: &Label, told: Told<'_>, layout: &mut Layout<'_>, positions: &mut Positions) -> Self {
        let mut parts = Vec::new();
        let mut plain = Vec::new();
        for source in &label.from {
            let settled = |text: &str| source.spell(text).map(|text| Part::Settled(text.into()));
            let at = match &source.fact {
                Fact::Attribute(key) => layout.text(key),
                Fact::Outcome => Some(TextAt::Outcome),
                Fact::SpanName => {
                    positions.flush(&mut plain, &mut parts);
                    parts.extend(settled(told.name));
                    None
                }
                Fact::Service => {
                    positions.flush(&mut plain, &mut parts);
                    parts.extend(settled(told.service));
                    None
                }
                _ => None,
            };
            match at {
                // As it is recorded: with others like it in one place.
                Some(at) if source.renames.is_empty() && !source.only_renamed => plain.push(at),
                Some(at) => {
                    positions.flush(&mut plain, &mut parts);
                    parts.push(Part::Spelt(positions.of(vec![at]), source.clone()));
                }
                None => {}
            }
        }
        positions.flush(&mut plain, &mut parts);
        Self { name: label.name.clone(), parts: parts.into(), default: label.default.as_deref().map(Arc::from) }
    }

    fn value(&self, key: &Key, interner: &Interner) -> Option<Arc<str>> {
        let part = |part: &Part| match part {
            Part::Settled(text) => Some(Arc::clone(text)),
            Part::Plain(position) => label_text(key.at(*position), interner),
            Part::Spelt(position, source) => source.spell(&label_text(key.at(*position), interner)?).map(Arc::from),
        };
        self.parts.iter().find_map(part).or_else(|| self.default.clone())
    }
}

/// What a symbol reads as a label: cleaned of what would break a line.
fn label_text(symbol: Symbol, interner: &Interner) -> Option<Arc<str>> {
    if symbol == Symbol::OVERFLOW {
        return Some(Arc::from("_overflow"));
    }
    let text = interner.text(symbol)?;
    let cleaned = match cleaned(&text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(cleaned) => Some(cleaned),
    };
    Some(cleaned.map_or(text, Arc::from))
}

impl Positions {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// The position of a text that is read from these places; what agrees shares it.
    fn of(&mut self, places: Vec<TextAt>) -> usize {
        self.0.iter().position(|known| **known == places[..]).unwrap_or_else(|| {
            self.0.push(places.into());
            self.0.len() - 1
        })
    }

    /// Makes one part of the plain sources so far.
    fn flush(&mut self, plain: &mut Vec<TextAt>, parts: &mut Vec<Part>) {
        if !plain.is_empty() {
            let position = self.of(std::mem::take(plain));
            parts.push(Part::Plain(position));
        }
    }

    pub(super) fn reads(self) -> Reads {
        let slots = |places: &[TextAt]| match *places {
            [TextAt::Slot(one)] => Some([one, one]),
            [TextAt::Slot(one), TextAt::Slot(other)] => Some([one, other]),
            _ => None,
        };
        let of = |position: usize, places: &[TextAt]| slots(places).filter(|_| position < POSITIONS);
        let near = self.0.iter().enumerate().take(POSITIONS).map(|(at, places)| of(at, places).unwrap_or_default()).collect();
        let len = self.0.len();
        let others = self.0.into_iter().enumerate().filter(|(at, places)| of(*at, places).is_none()).collect();
        Reads { len, slots: near, others }
    }
}

impl Reads {
    /// Reads the texts of a span into a key in which nothing stands.
    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>, key: &mut Key) {
        // All at once: compilers make a few wide instructions of that.
        let mut texts = [Symbol::ABSENT; TEXTS];
        texts.iter_mut().zip(&of.state.symbols).for_each(|(text, symbol)| *text = label(*symbol));
        for (place, slots) in key.first(self.len).iter_mut().zip(&self.slots) {
            let [one, other] = slots.map(|slot| texts[usize::from(slot) % TEXTS]);
            *place = if one == Symbol::ABSENT { other } else { one };
        }
        for (position, places) in &self.others {
            let found = places.iter().map(|at| at.read(of)).find(|symbol| symbol.is_text());
            key.put(*position, label(found.unwrap_or_default()));
        }
    }
}

/// What a text is as a label's source: an empty one is none.
#[inline]
fn label(text: Symbol) -> Symbol {
    if text.is_text() { text.as_label() } else { Symbol::ABSENT }
}
