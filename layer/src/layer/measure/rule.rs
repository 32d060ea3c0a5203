//! What a rule measures of a span, and where its labels come from.

use std::{borrow::Cow, sync::Arc};

use llm_span_contract::{Amount, Fact, Label, Measure, Point, Source};

use super::{
    Measured,
    key::Key,
    layout::{Layout, NumberAt, TextAt},
};
use crate::{
    call::stamp,
    layer::{
        intern::{Interner, Symbol},
        quantity::Quantity,
    },
    metrics::{Labels, cleaned},
};

/// One measurement that a metric takes of the spans of a callsite.
#[derive(Debug)]
pub(super) struct Rule {
    /// The metric, by its position.
    pub(super) metric: usize,
    pub(super) what: What,
    pub(super) labels: Box<[LabelPlan]>,
    pub(super) fixed: Box<[(Cow<'static, str>, Arc<str>)]>,
}

/// What is measured.
#[derive(Clone, Debug)]
pub(super) enum What {
    One,
    Duration,
    Wait,
    Execution,
    Busy,
    Tokens(Sums),
    Cost(Sums),
    Value(Sums),
    TimePerChunk,
    /// For as long as the span is open, or waits.
    Held {
        waits: bool,
    },
}

/// Alternatives, each a sum.
type Sums = Box<[Box<[NumberAt]>]>;

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

/// What the layer itself tells of a span.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) name: &'a str,
    pub(super) service: &'a Arc<str>,
}

impl What {
    /// `None` where no span of the callsite can be measured so.
    pub(super) fn new(measure: &Measure, layout: &mut Layout<'_>) -> Option<Self> {
        Some(match measure {
            Measure::Closed => Self::One,
            Measure::Duration => Self::Duration,
            Measure::Wait => Self::Wait,
            Measure::Execution => Self::Execution,
            Measure::Busy => Self::Busy,
            Measure::Open => Self::Held { waits: false },
            Measure::Waiting => Self::Held { waits: true },
            Measure::Tokens(amount) => Self::Tokens(sums(amount, layout)?),
            Measure::Cost(amount) => Self::Cost(sums(amount, layout)?),
            Measure::Value(amount) => Self::Value(sums(amount, layout)?),
            Measure::TimePerChunk => Self::TimePerChunk,
            _ => return None,
        })
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    pub(super) fn is_timed(&self) -> bool {
        matches!(self, Self::Wait | Self::Execution | Self::Busy | Self::Held { waits: true })
    }

    /// Gives each measurement of a span that has ended.
    #[inline]
    pub(super) fn each(&self, of: &Measured<'_>, mut each: impl FnMut(Quantity)) {
        let one = match self {
            Self::One => Some(Quantity::Whole(1)),
            Self::Duration => Some(seconds(of.now.saturating_duration_since(of.state.started))),
            Self::Wait => of.wait().map(seconds),
            Self::Execution => of.execution().map(seconds),
            Self::Busy => of.busy().map(seconds),
            Self::Tokens(sums) => read(sums, of).filter(|tokens| of.counts.tokens && !tokens.is_negative()),
            Self::Cost(sums) => read(sums, of).filter(|cost| of.counts.cost && !cost.is_negative()),
            Self::Value(sums) => read(sums, of),
            Self::TimePerChunk => {
                if of.is_recording {
                    stamp::gaps(|gaps| gaps.iter().for_each(|gap| each(Quantity::Fraction(whole_nanoseconds(*gap)))));
                }
                None
            }
            Self::Held { .. } => None,
        };
        one.into_iter().for_each(each);
    }
}

/// So that a time on the bound of a bucket stays there: 0.01 is a little less as a single.
fn whole_nanoseconds(gap: f32) -> f64 {
    (f64::from(gap) * 1e9).round() / 1e9
}

fn seconds(time: std::time::Duration) -> Quantity {
    Quantity::Fraction(time.as_secs_f64())
}

/// Without the alternatives that ask for what the callsite does not declare; `None` where none is left.
fn sums(amount: &Amount, layout: &mut Layout<'_>) -> Option<Sums> {
    let sums: Sums = amount
        .alternatives()
        .filter_map(|keys| keys.iter().map(|key| layout.number(key)).collect::<Option<Box<[_]>>>())
        .filter(|sum| !sum.is_empty())
        .collect();
    (!sums.is_empty()).then_some(sums)
}

/// The first sum all of whose parts are there.
fn read(sums: &Sums, of: &Measured<'_>) -> Option<Quantity> {
    sums.iter().find_map(|sum| {
        let mut parts = sum.iter().map(|at| at.read(of));
        let first = parts.next()??;
        parts.try_fold(first, |sum, part| sum.plus(part?))
    })
}

impl Rule {
    pub(super) fn new(metric: usize, point: &Point, labels: Box<[LabelPlan]>, what: What) -> Self {
        let fixed = point.fixed.iter().map(|(name, value)| (name.clone(), Arc::from(value.as_ref()))).collect();
        Self { metric, what, labels, fixed }
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
        let places = places.into_boxed_slice();
        self.0.iter().position(|known| *known == places).unwrap_or_else(|| {
            self.0.push(places);
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

    /// The texts of a span.
    #[inline]
    pub(super) fn key(&self, group: u32, of: &Measured<'_>) -> Key {
        let mut key = Key::new(group);
        for places in &self.0 {
            let found = places.iter().map(|at| at.read(of)).find(|symbol| symbol.is_text());
            key.push(found.unwrap_or_default().as_label());
        }
        key
    }
}
