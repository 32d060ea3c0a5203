//! Whether a metric measures a span: what its callsite settles once, and what is left to ask of each span.

use llm_span_contract::{Condition, OperationSet, Selector, Spans, is_phase};

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
    /// Of these one must have been recorded; settled where there is none.
    bits: Mask,
    cells: Box<[RecordedAt]>,
    is_selected: bool,
    operations: Option<OperationSet>,
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

    #[inline]
    pub(super) fn selects(&self, span: &Measured<'_>) -> bool {
        self.0.iter().any(|alternative| alternative.selects(span))
    }
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
        let checks = spans.conditions.iter().map(|condition| Check::new(condition, site)).collect::<Option<_>>()?;
        Some(Self { bits, cells: cells.into(), is_selected, operations: spans.operations, checks })
    }

    #[inline]
    fn selects(&self, span: &Measured<'_>) -> bool {
        let is_selected = self.is_selected || span.state.present & self.bits != 0 || self.cells.iter().any(|at| at.read(span));
        is_selected
            && self.operations.is_none_or(|operations| match span.state.operation() {
                None if span.state.is_other => operations.applies_to_others(),
                operation => operations.applies_to(operation),
            })
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
