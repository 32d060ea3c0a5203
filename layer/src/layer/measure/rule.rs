//! A rule, as it is compiled for the spans of a callsite: where its labels come from, and where its measurements go.

use std::{borrow::Cow, sync::Arc};

use llm_span_contract::{Fact, Label, Point, Source};

use super::{
    Measured,
    key::Key,
    layout::{Layout, TextAt},
    target::Kind,
    what::{Plain, What},
};
use crate::{
    layer::intern::{Interner, Symbol},
    metrics::{Labels, cleaned},
};

/// One measurement that a metric takes of the spans of a callsite.
#[derive(Debug)]
pub(super) struct Rule {
    /// The metric, by its position.
    pub(super) metric: usize,
    pub(super) what: What,
    pub(super) goes: Goes,
    pub(super) step: Step,
    pub(super) labels: Box<[LabelPlan]>,
    pub(super) fixed: Box<[(Cow<'static, str>, Arc<str>)]>,
}

/// Where in a [`Series`](super::series::Series) the measurements of a rule go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goes {
    /// Into the sum at that place.
    Count(Kind, u8),
    /// Into what is bound at that place.
    Bound(usize),
}

/// What the commonest rules come to, settled beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// One more.
    One { to: u8 },
    /// As much more as a number says that is kept as the sum is.
    Add { number: Plain, to: u8 },
    /// A number as it is kept, to a distribution.
    Number { number: Plain, to: usize },
    /// How long the span took, to a distribution.
    Seconds { to: usize },
    /// By what the rule says.
    Any,
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
pub(super) struct Positions(Vec<Position>);

#[derive(Debug)]
struct Position {
    places: Box<[TextAt]>,
    /// Two slots, or one twice, if that is all: read without a branch.
    slots: Option<[u8; 2]>,
}

/// What the layer itself tells of a span.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) name: &'a str,
    pub(super) service: &'a Arc<str>,
}

impl Rule {
    pub(super) fn new(metric: usize, point: &Point, labels: Box<[LabelPlan]>, what: What) -> Self {
        let fixed = point.fixed.iter().map(|(name, value)| (name.clone(), Arc::from(value.as_ref()))).collect();
        Self { metric, what, goes: Goes::Bound(0), step: Step::Any, labels, fixed }
    }

    /// Settles where its measurements go.
    pub(super) fn go(&mut self, goes: Goes, is_distribution: bool) {
        self.goes = goes;
        self.step = match (&self.what, goes) {
            (What::One, Goes::Count(Kind::Whole, to)) => Step::One { to },
            (What::Duration, Goes::Bound(to)) if is_distribution => Step::Seconds { to },
            (what, Goes::Count(kind, to)) => match what.plain(matches!(kind, Kind::Billionths)) {
                Some(number) => Step::Add { number: number.not_negative(), to },
                None => Step::Any,
            },
            (what, Goes::Bound(to)) if is_distribution => {
                what.plain(false).map_or(Step::Any, |number| Step::Number { number, to })
            }
            _ => Step::Any,
        };
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
        let slots = match places[..] {
            [TextAt::Slot(one)] => Some([one, one]),
            [TextAt::Slot(one), TextAt::Slot(other)] => Some([one, other]),
            _ => None,
        };
        self.0.iter().position(|known| *known.places == places[..]).unwrap_or_else(|| {
            self.0.push(Position { places: places.into(), slots });
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

    /// Reads the texts of a span into a key in which nothing stands.
    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>, key: &mut Key) {
        key.read(self.0.iter().map(|position| {
            let found = match position.slots {
                Some(slots) => {
                    let [one, other] = slots.map(|place| of.state.symbols[usize::from(place)]);
                    if one.is_text() { one } else { other }
                }
                None => position.read(of),
            };
            if found.is_text() { found.as_label() } else { Symbol::ABSENT }
        }));
    }
}

impl Position {
    fn read(&self, of: &Measured<'_>) -> Symbol {
        self.places.iter().map(|at| at.read(of)).find(|symbol| symbol.is_text()).unwrap_or_default()
    }
}
