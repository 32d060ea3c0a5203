//! What a contract demands, and how its attributes relate: masks and places.

use std::borrow::Cow;

use llm_span_contract::{Contract, Operation, Outcome, Relation, Selector};

use super::{Mask, Schema};

/// A compiled relation.
#[derive(Debug)]
pub(in crate::layer) enum Rule {
    Sum { total: u8, parts: Vec<u8>, involved: Mask },
    Equal { a: u8, b: u8, involved: Mask },
    SameProvider { a: u8, b: u8, involved: Mask },
    PartOf { part: u8, whole: u8, involved: Mask },
}

/// The operations, those that are none of the conventions', and spans that name none.
const OPERATIONS: usize = Operation::ALL.len() + 2;

/// Where the demands stand that hold for a span of that operation, or of an other one than the conventions'.
pub(in crate::layer) fn operation_index(operation: Option<Operation>, is_other: bool) -> usize {
    match operation {
        Some(operation) => operation as usize,
        None => Operation::ALL.len() + usize::from(is_other),
    }
}

/// A compiled contract.
#[derive(Debug)]
pub(in crate::layer) struct Compiled {
    names: Vec<Cow<'static, str>>,
    selecting: Mask,
    /// By [`operation_index`] and outcome.
    pub(in crate::layer) required: [[Mask; Outcome::ALL.len()]; OPERATIONS],
    pub(in crate::layer) rules: Vec<Rule>,
}

impl Schema {
    pub(super) fn compile(&self, contract: &Contract) -> Compiled {
        let names = contract.selectors().iter().filter_map(|selector| match selector {
            Selector::Name(name) => Some(name.clone()),
            _ => None,
        });
        let selecting = contract.selectors().iter().fold(0, |mask, selector| match selector {
            Selector::Attribute(key) => mask | self.bit(key),
            _ => mask,
        });
        let mut required = [[0; Outcome::ALL.len()]; OPERATIONS];
        for attribute in contract.attributes() {
            let mut demand = |i: usize, is_required: &dyn Fn(Outcome) -> bool| {
                for (mask, _) in required[i].iter_mut().zip(Outcome::ALL).filter(|(_, outcome)| is_required(*outcome)) {
                    *mask |= self.bit(&attribute.key);
                }
            };
            for operation in Operation::ALL.into_iter().map(Some).chain([None]) {
                let is_required = |outcome| attribute.is_required(operation, outcome, contract.is_strict());
                demand(operation_index(operation, false), &is_required);
            }
            demand(operation_index(None, true), &|outcome| attribute.is_required_of_others(outcome, contract.is_strict()));
        }
        let rules = contract.relations().iter().filter_map(|relation| self.rule(relation)).collect();
        Compiled { names: names.collect(), selecting, required, rules }
    }

    fn rule(&self, relation: &Relation) -> Option<Rule> {
        let involved = relation.keys().into_iter().fold(0, |mask, key| mask | self.bit(key));
        let int = |key: &str| self.slots[usize::from(self.slot(key)?)].int;
        let text = |key: &str| self.slots[usize::from(self.slot(key)?)].symbol;
        Some(match relation {
            Relation::Sum { total, parts } => {
                Rule::Sum { total: int(total)?, parts: parts.iter().map(|part| int(part)).collect::<Option<_>>()?, involved }
            }
            Relation::Equal(a, b) => Rule::Equal { a: text(a)?, b: text(b)?, involved },
            Relation::SameProvider(a, b) => Rule::SameProvider { a: text(a)?, b: text(b)?, involved },
            Relation::PartOf { part, whole } => Rule::PartOf { part: int(part)?, whole: int(whole)?, involved },
            _ => return None,
        })
    }

    /// Which contracts a callsite's name selects, as bits in their order.
    pub(crate) fn named(&self, name: &str) -> u32 {
        self.bits(|compiled| compiled.names.iter().any(|one| one == name))
    }

    /// Which contracts a span is subject to: those that its name selected and those that its attributes select.
    pub(crate) fn applying(&self, named: u32, present: Mask) -> u32 {
        // Nearly always the name selects all there are.
        if named == self.all {
            return named;
        }
        named | self.bits(|compiled| compiled.selecting & present != 0)
    }

    pub(super) fn bits(&self, holds: impl Fn(&Compiled) -> bool) -> u32 {
        // From the last to the first: the first contract's bit is the lowest.
        self.compiled.iter().rev().fold(0, |bits, compiled| bits << 1 | u32::from(holds(compiled)))
    }
}
