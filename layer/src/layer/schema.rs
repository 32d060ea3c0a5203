//! The active contracts, compiled: each attribute a slot, each demand a mask.
//!
//! Built once a layer. What is not compiled here (messages, spellings, near names) is left to `Contracts::check`, which is
//! asked only about spans that are not clean.

mod compiled;
mod slot;

use std::{borrow::Cow, collections::HashMap};

use llm_span_contract::{
    Attribute, AttributeType, Contract, Contracts, Metric, Relation, Selector, keys, known_attribute, stamp::is_stamped,
};

use self::compiled::Compiled;
pub(super) use self::compiled::{Rule, operation_index};
pub(crate) use self::slot::Slot;
use super::asked;

/// A set of slots.
pub(crate) type Mask = u64;

/// So many numbers and texts have a place in a [`State`].
pub(crate) const MAX_INTS: usize = 20;
pub(crate) const MAX_SYMBOLS: usize = 20;
/// So many contracts are told apart; with more, every span is checked the long way.
pub(crate) const MAX_CONTRACTS: usize = u32::BITS as usize;

/// The place of a call in the program, where the span's callsite is not it; see `llm_span::call`.
pub(crate) const CODE_FILE: &str = "code.file.path";
pub(crate) const CODE_LINE: &str = "code.line.number";

/// Where the tokens of prompt and completion are told, by which calls that repeat each other are known; the last ones are the LLM gateway's.
const PROMPT: [&str; 4] =
    [keys::LLM_TOKENS_PROMPT, keys::GEN_AI_USAGE_INPUT_TOKENS, "gen_ai.usage.prompt_tokens", "provider.input_tokens"];
const COMPLETION: [&str; 4] =
    [keys::LLM_TOKENS_COMPLETION, keys::GEN_AI_USAGE_OUTPUT_TOKENS, "gen_ai.usage.completion_tokens", "provider.output_tokens"];

/// What the layer itself needs to know of a span.
const OWN: [&str; 8] = [
    keys::LLM_OUTCOME,
    keys::LLM_USAGE_INVALID,
    keys::GEN_AI_OPERATION_NAME,
    keys::ERROR_TYPE,
    keys::LLM_REQUEST_TYPE,
    keys::OTEL_STATUS_CODE,
    CODE_FILE,
    CODE_LINE,
];

/// An attribute that no active contract states.
fn unstated(key: &str) -> Attribute {
    let mut attribute = Attribute::new("", AttributeType::Any);
    attribute.key = key.to_owned().into();
    attribute
}

/// Whether it tells tokens that are counted once, whether a contract states it or not.
fn is_of_tokens(key: &str) -> bool {
    PROMPT.contains(&key) || COMPLETION.contains(&key)
}

/// Whether it is a count by its name, where nothing else says what it is.
fn is_untyped_count(attribute: &Attribute) -> bool {
    attribute.key.ends_with("_tokens") || (attribute.ty == AttributeType::Any && is_of_tokens(&attribute.key))
}

/// The active contracts, compiled.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) contracts: Contracts,
    pub(crate) slots: Vec<Slot>,
    by_key: HashMap<Cow<'static, str>, u8>,
    pub(super) compiled: Vec<Compiled>,
    /// All of these, as bits.
    all: u32,
    /// Attributes whose mere presence is a finding.
    pub(super) suspects: Mask,
    /// Where the tokens of prompt and completion stand: bit and place, the first that was recorded holds.
    pub(crate) prompt: Vec<(Mask, u8)>,
    pub(crate) completion: Vec<(Mask, u8)>,
    /// Where the cost stands.
    pub(crate) cost: Vec<(Mask, u8)>,
    pub(crate) usage_invalid: Option<u8>,
    pub(crate) operation: Option<u8>,
    pub(crate) request_type: Option<u8>,
    pub(crate) outcome: Option<u8>,
    pub(crate) error_type: Option<u8>,
    pub(crate) status: Option<u8>,
    /// An attribute had no place: every span is checked the long way.
    pub(crate) overfull: bool,
}

impl Schema {
    pub(crate) fn new(contracts: Contracts, metrics: &[Metric]) -> Self {
        let mut schema = Self {
            slots: Vec::new(),
            by_key: HashMap::new(),
            compiled: Vec::new(),
            all: 0,
            suspects: 0,
            prompt: Vec::new(),
            completion: Vec::new(),
            cost: Vec::new(),
            usage_invalid: None,
            operation: None,
            request_type: None,
            outcome: None,
            error_type: None,
            status: None,
            overfull: false,
            contracts: Contracts::none(),
        };
        // Those of the contracts are checked as they would be measured, whether they are or not.
        let metrics: Vec<&Metric> = contracts.iter().flat_map(Contract::metrics).chain(metrics).collect();
        schema.add_slots(&contracts, &metrics);
        schema.suspects = contracts
            .iter()
            .flat_map(Contract::deprecated)
            .filter(|(old, _)| !contracts.demand(old))
            .fold(schema.bit(keys::LLM_USAGE_INVALID), |mask, (old, _)| mask | schema.bit(old));
        schema.overfull |= contracts.iter().count() > MAX_CONTRACTS;
        schema.compiled = contracts.iter().take(MAX_CONTRACTS).map(|contract| schema.compile(contract)).collect();
        schema.all = schema.bits(|_| true);
        schema.prompt = schema.counts(PROMPT);
        schema.completion = schema.counts(COMPLETION);
        schema.cost = schema.counts([keys::LLM_COST_USD]);
        schema.usage_invalid = schema.slot(keys::LLM_USAGE_INVALID);
        schema.operation = schema.slot(keys::GEN_AI_OPERATION_NAME);
        schema.request_type = schema.slot(keys::LLM_REQUEST_TYPE);
        schema.outcome = schema.slot(keys::LLM_OUTCOME);
        schema.error_type = schema.slot(keys::ERROR_TYPE);
        schema.status = schema.slot(keys::OTEL_STATUS_CODE);
        schema.contracts = contracts;
        schema
    }

    /// The most needed first, so that bits and places run out for what is merely known.
    fn add_slots(&mut self, contracts: &Contracts, metrics: &[&Metric]) {
        let stated: Vec<&Attribute> = contracts.iter().flat_map(Contract::attributes).collect();
        let demanded = stated.iter().filter(|attribute| contracts.demand(&attribute.key)).map(|attribute| attribute.key.as_ref());
        let selecting = contracts.iter().flat_map(Contract::selectors).filter_map(|selector| match selector {
            Selector::Attribute(key) => Some(key.as_ref()),
            _ => None,
        });
        let related = contracts.iter().flat_map(Contract::relations).flat_map(Relation::keys);
        let deprecated = contracts.iter().flat_map(Contract::deprecated).map(|(old, _)| old);
        let fractions: Vec<&str> = metrics.iter().flat_map(|metric| asked::numbers(metric).1).collect();
        let add = |schema: &mut Self, key: &str| {
            let attribute = stated.iter().find(|attribute| attribute.key == key);
            let attribute = attribute.map_or_else(|| Cow::Owned(unstated(key)), |attribute| Cow::Borrowed(*attribute));
            schema.add_slot(&attribute, fractions.contains(&key))
        };
        for key in OWN.into_iter().chain(demanded).chain(selecting).chain(related).chain(deprecated) {
            self.overfull |= !add(self, key);
        }
        // What metrics ask of LLM spans shares the places of checks; what else they ask for, and what finds no room, has cells.
        let is_ours = |key: &&str| known_attribute(key).is_some() || is_stamped(key) || is_of_tokens(key);
        let asked_for = metrics.iter().flat_map(|metric| {
            let (whole, fractions) = asked::numbers(metric);
            fractions.into_iter().chain(whole).chain(asked::texts(metric).map(AsRef::as_ref))
        });
        for key in asked_for.filter(is_ours) {
            add(self, key);
        }
        for attribute in stated {
            self.add_slot(attribute, false);
        }
        self.place_texts(contracts, metrics);
    }

    /// Whether it has a bit and, if it is a number, a place.
    fn add_slot(&mut self, attribute: &Attribute, is_decimal: bool) -> bool {
        if let Some(slot) = self.slot(&attribute.key) {
            return self.slots[usize::from(slot)].bit != 0;
        }
        let Ok(index) = u8::try_from(self.slots.len()) else { return false };
        let ints = self.slots.iter().filter(|slot| slot.int.is_some()).count();
        let is_number =
            is_decimal || attribute.ty == AttributeType::Int || attribute.key == CODE_LINE || is_untyped_count(attribute);
        let int = u8::try_from(ints).ok().filter(|_| is_number && ints < MAX_INTS);
        let bit = if is_number && int.is_none() { 0 } else { 1_u64.checked_shl(index.into()).unwrap_or(0) };
        self.by_key.insert(attribute.key.clone(), index);
        self.slots.push(Slot {
            key: attribute.key.clone(),
            bit,
            ty: attribute.ty,
            values: attribute.values.clone(),
            int: int.filter(|_| bit != 0),
            is_decimal,
            symbol: None,
        });
        bit != 0
    }

    /// Texts are kept of what stands in a relation or a label, and, as far as there are places, of what is demanded.
    fn place_texts(&mut self, contracts: &Contracts, metrics: &[&Metric]) {
        let of_texts = |relation: &&Relation| matches!(relation, Relation::Equal(..) | Relation::SameProvider(..));
        let related = contracts.iter().flat_map(Contract::relations).filter(of_texts).flat_map(Relation::keys);
        for key in [CODE_FILE].into_iter().chain(related) {
            self.overfull |= !self.place_text(key);
        }
        for key in metrics.iter().flat_map(|metric| asked::texts(metric)) {
            self.place_text(key);
        }
        let texts = |attribute: &&Attribute| attribute.ty == AttributeType::String && contracts.demand(&attribute.key);
        let demanded = contracts.iter().flat_map(Contract::attributes).filter(texts).map(|attribute| attribute.key.as_ref());
        for key in [keys::GEN_AI_OPERATION_NAME, keys::LLM_OUTCOME].into_iter().chain(demanded) {
            self.place_text(key);
        }
    }

    /// Whether there was a place.
    fn place_text(&mut self, key: &str) -> bool {
        let placed = self.slots.iter().filter(|slot| slot.symbol.is_some()).count();
        let Some(slot) = self.slot(key).map(usize::from) else { return true };
        let slot = &mut self.slots[slot];
        if slot.symbol.is_none() && placed < MAX_SYMBOLS && slot.bit != 0 {
            slot.symbol = u8::try_from(placed).ok();
        }
        slot.symbol.is_some()
    }

    /// The slot of an attribute.
    pub(crate) fn slot(&self, key: &str) -> Option<u8> {
        self.by_key.get(key).copied()
    }

    fn counts<const N: usize>(&self, keys: [&str; N]) -> Vec<(Mask, u8)> {
        let place = |key: &str| {
            let slot = &self.slots[usize::from(self.slot(key)?)];
            Some((slot.bit, slot.int?))
        };
        keys.into_iter().filter_map(place).collect()
    }

    /// Whether a mask has the slot's bit.
    pub(crate) fn has(&self, present: Mask, slot: Option<u8>) -> bool {
        slot.is_some_and(|slot| present & self.slots[usize::from(slot)].bit != 0)
    }

    fn bit(&self, key: &str) -> Mask {
        self.slot(key).map_or(0, |slot| self.slots[usize::from(slot)].bit)
    }
}

#[cfg(test)]
mod tests {
    use llm_span_contract::{Generation, stamp};

    use super::*;

    /// The default contracts, and each generation beside the AMTP contract.
    fn built_in() -> impl Iterator<Item = Contracts> {
        let with_amtp = |generation| Contracts::from(Contract::amtp()).and(Contract::gen_ai(generation));
        Generation::ALL.into_iter().map(with_amtp).chain([Contracts::default()])
    }

    #[test]
    fn the_built_in_contracts_have_a_place_for_all_that_they_need() {
        for contracts in built_in() {
            let schema = Schema::new(contracts, &[]);
            assert!(!schema.overfull);
            let ints = schema.slots.iter().filter(|slot| slot.int.is_some()).count();
            let symbols = schema.slots.iter().filter(|slot| slot.symbol.is_some()).count();
            assert!(ints <= MAX_INTS && symbols <= MAX_SYMBOLS, "{ints} numbers, {symbols} texts");
        }
    }

    #[test]
    fn what_an_annotated_call_records_by_itself_is_read_without_an_allocation() {
        for contracts in built_in() {
            let schema = Schema::new(contracts, &[]);
            let without_a_bit = |key: &&str| schema.slot(key).is_some_and(|slot| schema.slots[usize::from(slot)].bit == 0);
            let apart: Vec<_> = stamp::FIELDS.into_iter().filter(without_a_bit).collect();
            assert!(apart.is_empty(), "{apart:?}");
        }
    }

    #[test]
    fn every_relation_of_the_built_in_contracts_is_compiled() {
        for contracts in built_in() {
            let stated = contracts.iter().map(|contract| contract.relations().len()).sum::<usize>();
            let schema = Schema::new(contracts, &[]);
            assert_eq!(schema.compiled.iter().map(|compiled| compiled.rules.len()).sum::<usize>(), stated);
        }
    }
}
