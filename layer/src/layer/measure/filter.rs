//! Whether a metric measures a span: what its callsite settles once, and what is left to ask of each span.

use llm_span_contract::{Condition, Operation, OperationSet, Selector, Spans, is_phase};

use super::{
    Measured,
    layout::{Layout, RecordedAt, TextAt},
};
use crate::layer::{
    intern::{Interner, Symbol},
    schema::Mask,
};

/// Whether a metric measures a span of a callsite: any of these must hold.
#[derive(Debug, PartialEq)]
pub(super) struct Filter(Box<[Alternative]>);

#[derive(Debug, PartialEq)]
struct Alternative {
    /// Of these one must have been recorded, unless that is settled.
    bits: Mask,
    cells: Box<[RecordedAt]>,
    is_selected: bool,
    /// All of these must have been recorded.
    all: Mask,
    /// Of which operations, a bit each.
    operations: u32,
    checks: Box<[Check]>,
}

#[derive(Debug, PartialEq)]
enum Check {
    Recorded(RecordedAt),
    OneOf(TextAt, Box<[Symbol]>),
}

/// A callsite, as selectors see it.
pub(super) struct Site<'a, 'l> {
    pub(super) name: &'a str,
    pub(super) layout: &'a mut Layout<'l>,
    pub(super) interner: &'a Interner,
    /// The room of texts that are known beforehand.
    pub(super) known: usize,
}

impl Filter {
    /// `None` where no span of the callsite is ever measured.
    pub(super) fn new(spans: &[Spans], site: &mut Site<'_, '_>) -> Option<Self> {
        let alternatives: Box<[_]> = spans.iter().filter_map(|spans| Alternative::new(spans, site)).collect();
        (!alternatives.is_empty()).then_some(Self(alternatives))
    }

    /// Whether it selects any span of that operation.
    pub(super) fn may_select(&self, operation: u32) -> bool {
        self.0.iter().any(|alternative| alternative.operations & operation != 0)
    }

    /// `operation` is that of the span, as [`operation`] gives it.
    #[inline]
    pub(super) fn selects(&self, span: &Measured<'_>, operation: u32) -> bool {
        self.0.iter().any(|alternative| alternative.selects(span, operation))
    }
}

/// The bits of what is neither a known operation nor none, and of none.
const OTHER: u32 = 1 << 31;
const NONE: u32 = 1 << 30;

/// The operation of a span, as a bit.
#[inline]
pub(super) fn operation(of: &Measured<'_>) -> u32 {
    match of.state.operation() {
        Some(operation) => bit(operation),
        None if of.state.is_other => OTHER,
        None => NONE,
    }
}

const fn bit(operation: Operation) -> u32 {
    1 << operation as u32
}

/// The operations of a set; all where it does not matter.
fn operations(set: Option<OperationSet>) -> u32 {
    let Some(set) = set else { return u32::MAX };
    let known = Operation::ALL.into_iter().filter(|operation| set.applies_to(Some(*operation))).map(bit);
    let others = [(set.applies_to_others(), OTHER), (set.applies_to(None), NONE)];
    known.chain(others.into_iter().filter(|(applies, _)| *applies).map(|(_, bit)| bit)).fold(0, |bits, bit| bits | bit)
}

impl Alternative {
    fn new(spans: &Spans, site: &mut Site<'_, '_>) -> Option<Self> {
        let is_excepted = spans.except.iter().any(|name| name == site.name);
        if is_excepted || (spans.operations.is_some() && is_phase(site.name)) {
            return None;
        }
        let is_named = |selector: &Selector| matches!(selector, Selector::Name(name) if name == site.name);
        let is_selected = spans.selectors.is_empty() || spans.selectors.iter().any(is_named);
        let (mut bits, mut cells) = (0, Vec::new());
        if !is_selected {
            for selector in &spans.selectors {
                let Selector::Attribute(key) = selector else { continue };
                match site.layout.recorded(key) {
                    Some(RecordedAt::Slot(bit)) => bits |= bit,
                    Some(cell) => cells.push(cell),
                    None => {}
                }
            }
            if bits == 0 && cells.is_empty() {
                return None;
            }
        }
        let (mut all, mut checks) = (0, Vec::new());
        for condition in &spans.conditions {
            match Check::new(condition, site)? {
                Check::Recorded(RecordedAt::Slot(bit)) => all |= bit,
                check => checks.push(check),
            }
        }
        Some(Self {
            bits,
            cells: cells.into(),
            is_selected,
            all,
            operations: operations(spans.operations),
            checks: checks.into(),
        })
    }

    #[inline]
    fn selects(&self, span: &Measured<'_>, operation: u32) -> bool {
        let is_selected = self.is_selected || span.state.present & self.bits != 0 || self.cells.iter().any(|at| at.read(span));
        is_selected
            && span.state.present & self.all == self.all
            && self.operations & operation != 0
            && self.checks.iter().all(|check| check.holds(span))
    }
}

impl Check {
    /// `None` where it never holds: the attribute is not declared.
    fn new(condition: &Condition, site: &mut Site<'_, '_>) -> Option<Self> {
        if condition.values.is_empty() {
            return site.layout.recorded(&condition.key).map(Self::Recorded);
        }
        let values = condition.values.iter().map(|value| site.interner.intern(site.known, value)).collect();
        Some(Self::OneOf(site.layout.text(&condition.key)?, values))
    }

    fn holds(&self, span: &Measured<'_>) -> bool {
        match self {
            Self::Recorded(at) => at.read(span),
            Self::OneOf(at, values) => values.contains(&at.read(span)),
        }
    }
}
