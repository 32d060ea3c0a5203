//! What a rule measures of a span.

use std::{cell::Cell, time::Duration};

use llm_span_contract::{Amount, Measure};

use super::{
    Measured,
    layout::{Layout, NumberAt},
};
use crate::{
    call::stamp,
    layer::{quantity::Quantity, schema::Mask, state::NO_COUNT},
};

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

/// Alternatives, of which the first counts all of whose parts are there.
type Sums = Box<[Sum]>;

#[derive(Clone, Debug)]
pub(super) struct Sum {
    first: NumberAt,
    others: Box<[NumberAt]>,
}

/// A number that is read from one slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    bit: Mask,
    place: u8,
    /// What must not be counted twice, as a bit.
    counted: u8,
    /// What is less is none.
    least: i64,
}

const TOKENS: u8 = 1;
const COST: u8 = 2;
const ANYTHING: u8 = 0;

/// What several rules ask for, looked up once a span.
#[derive(Default)]
pub(super) struct Asked {
    seconds: Cell<Option<f64>>,
}

/// So many times between chunks are handed on at once.
const GAPS: usize = 64;

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

    /// Whether it is one value a span, known when it has ended.
    pub(super) fn is_one_value(&self) -> bool {
        !matches!(self, Self::Held { .. } | Self::TimePerChunk)
    }

    pub(super) fn is_timed(&self) -> bool {
        matches!(self, Self::Wait | Self::Execution | Self::Busy | Self::Held { waits: true })
    }

    /// Where it is read, if there is only one place for it, kept in billionths or not.
    pub(super) fn plain(&self, is_decimal: bool) -> Option<Plain> {
        let (sums, counted) = match self {
            Self::Tokens(sums) => (sums, TOKENS),
            Self::Cost(sums) => (sums, COST),
            Self::Value(sums) => (sums, ANYTHING),
            _ => return None,
        };
        match &**sums {
            [Sum { first: NumberAt::Slot { bit, place, is_decimal: is_kept_so }, others }]
                if others.is_empty() && *is_kept_so == is_decimal =>
            {
                let plain = Plain { bit: *bit, place: *place, counted, least: NO_COUNT + 1 };
                Some(if counted == ANYTHING { plain } else { plain.not_negative() })
            }
            _ => None,
        }
    }

    /// The measurement of a span that has ended, where it is one: times between chunks are given by [`gaps`].
    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>, asked: &Asked) -> Option<Quantity> {
        match self {
            Self::One => Some(Quantity::Whole(1)),
            Self::Duration => Some(Quantity::Fraction(asked.seconds(of))),
            Self::Tokens(sums) => read(sums, of).filter(|tokens| of.counts.tokens && !tokens.is_negative()),
            Self::Cost(sums) => read(sums, of).filter(|cost| of.counts.cost && !cost.is_negative()),
            Self::Value(sums) => read(sums, of),
            Self::Wait => of.wait().map(seconds),
            Self::Execution => of.execution().map(seconds),
            Self::Busy => of.busy().map(seconds),
            Self::TimePerChunk | Self::Held { .. } => None,
        }
    }
}

impl Plain {
    pub(super) fn not_negative(self) -> Self {
        Self { least: 0, ..self }
    }

    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>) -> Option<i64> {
        let kept = of.state.ints[usize::from(self.place)];
        let may_count = (u8::from(of.counts.tokens) * TOKENS) | (u8::from(of.counts.cost) * COST);
        let is_there = of.state.present & self.bit != 0 && kept >= self.least;
        (is_there && self.counted & !may_count == 0).then_some(kept)
    }
}

impl Asked {
    #[inline]
    pub(super) fn seconds(&self, of: &Measured<'_>) -> f64 {
        let since = || of.now.saturating_duration_since(of.state.started).as_secs_f64();
        let seconds = self.seconds.get().unwrap_or_else(since);
        self.seconds.set(Some(seconds));
        seconds
    }
}

/// Gives the times between the chunks of the call that ends, some at a time.
pub(super) fn gaps(of: &Measured<'_>, mut each: impl FnMut(&[f64])) {
    if !of.is_recording {
        return;
    }
    stamp::gaps(|gaps| each_lot(gaps, &mut each));
}

/// Gives times between chunks as they are recorded, some at a time.
pub(super) fn each_lot(gaps: &[f32], mut each: impl FnMut(&[f64])) {
    for some in gaps.chunks(GAPS) {
        let mut seconds = [0.0; GAPS];
        seconds.iter_mut().zip(some).for_each(|(place, gap)| *place = whole_nanoseconds(*gap));
        each(&seconds[..some.len()]);
    }
}

/// Whether the call that ends has times between chunks.
pub(super) fn has_gaps(of: &Measured<'_>) -> bool {
    of.is_recording && stamp::gaps(|gaps| !gaps.is_empty())
}

/// So that a time on the bound of a bucket stays there: 0.01 is a little less as a single.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "no stream waits for three centuries")]
fn whole_nanoseconds(gap: f32) -> f64 {
    // It is not negative: what is cut off is rounded.
    (f64::from(gap) * 1e9 + 0.5) as i64 as f64 / 1e9
}

fn seconds(time: Duration) -> Quantity {
    Quantity::Fraction(time.as_secs_f64())
}

/// Without the alternatives that ask for what the callsite does not declare; `None` where none is left.
fn sums(amount: &Amount, layout: &mut Layout<'_>) -> Option<Sums> {
    let sums = amount.alternatives().filter_map(|keys| {
        let parts = keys.iter().map(|key| layout.number(key)).collect::<Option<Vec<_>>>()?;
        let mut parts = parts.into_iter();
        Some(Sum { first: parts.next()?, others: parts.collect() })
    });
    let sums: Sums = sums.collect();
    (!sums.is_empty()).then_some(sums)
}

/// The first sum all of whose parts are there.
#[inline]
fn read(sums: &Sums, of: &Measured<'_>) -> Option<Quantity> {
    sums.iter().find_map(|sum| {
        let first = sum.first.read(of)?;
        if sum.others.is_empty() { Some(first) } else { sum.plus_others(first, of) }
    })
}

impl Sum {
    fn plus_others(&self, first: Quantity, of: &Measured<'_>) -> Option<Quantity> {
        self.others.iter().try_fold(first, |sum, part| sum.plus(part.read(of)?))
    }
}
