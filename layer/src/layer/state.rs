//! What the layer keeps of a span: which attributes were recorded, the numbers and the label texts among them.

use std::time::Instant;

use llm_span_contract::{AttributeType, Operation, Outcome, Value};

use crate::once::Used;

use super::{
    beside::Beside,
    intern::{Interner, Symbol},
    schema::{MAX_INTS, MAX_SYMBOLS, Mask, Schema, Slot},
    watched::{Clean, Meaning, Watched},
};

/// What was recorded on a span so far.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts, each read on its own")]
pub(crate) struct State {
    pub(crate) started: Instant,
    pub(crate) present: Mask,
    pub(crate) ints: [i64; MAX_INTS],
    pub(crate) symbols: [Symbol; MAX_SYMBOLS],
    pub(crate) operation: Option<Operation>,
    /// The operation that is named is none of the conventions'.
    pub(crate) is_other: bool,
    /// What `llm.request.type` says the operation is, where nothing else does.
    requested: Option<Operation>,
    pub(crate) outcome: Option<Outcome>,
    /// Something is wrong that the masks do not tell.
    pub(crate) suspicious: bool,
    /// An error status was recorded.
    pub(crate) failed: bool,
    /// An event of level ERROR was emitted in the span.
    pub(crate) erred: bool,
    /// The values that are suspicious, as they were recorded.
    pub(crate) evidence: Option<Box<Evidence>>,
    /// What only metrics ask for.
    pub(crate) beside: Option<Box<Beside>>,
}

/// In the place of what is no count: below 0, so never measured.
pub(crate) const NO_COUNT: i64 = i64::MIN;

/// Values with their keys, in the order of recording.
pub(crate) type Evidence = Vec<(String, Value<'static>)>;

impl State {
    pub(crate) fn new(started: Instant, beside: Option<Box<Beside>>) -> Self {
        Self {
            started,
            present: 0,
            ints: [0; MAX_INTS],
            symbols: [Symbol::ABSENT; MAX_SYMBOLS],
            operation: None,
            is_other: false,
            requested: None,
            outcome: None,
            suspicious: false,
            failed: false,
            erred: false,
            evidence: None,
            beside,
        }
    }

    /// Another one with the same values, where it holds no more than values.
    #[inline]
    pub(crate) fn like(&self, started: Instant) -> Self {
        Self { started, evidence: None, beside: None, ..*self }
    }

    /// Moves out what there is.
    pub(crate) fn take(&mut self) -> Self {
        Self { evidence: self.evidence.take(), beside: self.beside.take(), ..*self }
    }

    /// Makes it one with the same values, in its place.
    #[inline]
    pub(crate) fn become_like(&mut self, other: &Self, started: Instant) {
        self.started = started;
        self.present = other.present;
        self.ints = other.ints;
        self.symbols = other.symbols;
        self.operation = other.operation;
        self.is_other = other.is_other;
        self.requested = other.requested;
        self.outcome = other.outcome;
        self.suspicious = other.suspicious;
        self.failed = other.failed;
        self.erred = other.erred;
        self.evidence = None;
        self.beside = None;
    }

    /// Whether it holds the same plain values.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let values = |state: &Self| (state.present, state.ints, state.symbols, state.operation, state.requested, state.outcome);
        let facts = |state: &Self| (state.is_other, state.failed, state.erred, state.is_plain());
        values(self) == values(other) && facts(self) == facts(other)
    }

    /// Whether it holds no more than values, and nothing is wrong with them.
    pub(crate) fn is_plain(&self) -> bool {
        !self.suspicious && self.evidence.is_none() && self.beside.is_none()
    }

    /// The tokens that the call reports.
    pub(crate) fn used(&self, schema: &Schema) -> Used {
        Used { prompt: self.first(&schema.prompt), completion: self.first(&schema.completion) }
    }

    /// The number of the first of these attributes that was recorded; below 0 it is none.
    pub(crate) fn first(&self, places: &[(Mask, u8)]) -> Option<i64> {
        let (_, place) = places.iter().find(|(bit, _)| self.present & bit != 0)?;
        Some(self.ints[usize::from(*place)]).filter(|number| *number >= 0)
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        self.operation.or(self.requested)
    }

    /// The request type that was recorded, where it is a known one.
    pub(crate) fn request_type(&self) -> Option<&'static str> {
        self.requested.and_then(Operation::request_type)
    }

    /// Notes a number, a text, or a text that is meant as a number.
    #[inline]
    pub(crate) fn put(
        &mut self,
        watched: &Watched,
        number: Option<i64>,
        symbol: Option<Symbol>,
        schema: &Schema,
        interner: &Interner,
    ) {
        let again = self.present & watched.bit != 0;
        self.present |= watched.bit;
        if let (Some(place), Some(number)) = (watched.int, number) {
            let before = std::mem::replace(&mut self.ints[usize::from(place)], number);
            if again && before != number {
                self.note_number(&schema.slots[usize::from(watched.slot)], before, number);
            }
        }
        if let (Some(place), Some(symbol)) = (watched.symbol, symbol) {
            let before = std::mem::replace(&mut self.symbols[usize::from(place)], symbol);
            if again && before != symbol {
                self.note_change(&schema.slots[usize::from(watched.slot)], before, symbol, interner);
            }
        }
    }

    /// Notes what nothing is wrong with.
    #[inline]
    pub(crate) fn put_clean(&mut self, watched: &Watched, clean: &Clean, schema: &Schema, interner: &Interner) {
        self.put(watched, clean.number, clean.symbol, schema, interner);
        self.understand(clean.meaning);
    }

    /// A second record with another number is a finding: the first one is evidence. What was no count is evidence already.
    #[cold]
    fn note_number(&mut self, slot: &Slot, before: i64, now: i64) {
        self.keep(&slot.key, slot.number(if before == NO_COUNT { now } else { before }));
    }

    #[inline]
    pub(crate) fn understand(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Nothing => {}
            Meaning::Operation(operation) => self.operation = Some(operation),
            Meaning::OtherOperation => self.is_other = true,
            Meaning::RequestType(operation) => self.requested = Some(operation),
            Meaning::Outcome(outcome) => self.outcome = self.outcome.or(Some(outcome)),
            Meaning::Failure => self.failed = true,
        }
    }

    /// Keeps a value that a check has to see.
    #[cold]
    pub(crate) fn keep(&mut self, key: &str, value: Value<'_>) {
        self.suspicious = true;
        self.keep_aside(key, value);
    }

    /// Keeps a value that a check, if there is one, has to see.
    ///
    /// Of a key that is recorded again and again the first value and the last one are kept.
    pub(crate) fn keep_aside(&mut self, key: &str, value: Value<'_>) {
        self.suspicious |= self.evidence.iter().flat_map(|kept| kept.iter()).any(|(kept, other)| kept == key && *other != value);
        let evidence = self.evidence.get_or_insert_default();
        let mut of_key = evidence.iter_mut().filter(|(kept, _)| kept == key).skip(1);
        match of_key.next() {
            Some((_, last)) => *last = value.into_owned(),
            None => evidence.push((key.to_owned(), value.into_owned())),
        }
    }

    /// A second record with another value is a finding: the first value is evidence.
    #[cold]
    fn note_change(&mut self, slot: &Slot, before: Symbol, now: Symbol, interner: &Interner) {
        if slot.int.is_some() || interner.same(before, now) {
            return;
        }
        let before = interner.text(before).map_or_else(|| "…".to_owned(), |text| text.to_string());
        if slot.ty == AttributeType::Bool {
            self.keep(&slot.key, Value::Bool(before == "true"));
            return;
        }
        self.keep(&slot.key, Value::from(before));
    }

    /// Adds what was recorded later and read apart.
    pub(crate) fn merge(&mut self, later: &mut State, schema: &Schema, interner: &Interner) {
        // Most records are of few fields, and those that only metrics ask for have no slot.
        let mut left = later.present;
        while left != 0 {
            self.merge_slot(&schema.slots[left.trailing_zeros() as usize], later, interner);
            left &= left - 1;
        }
        self.present |= later.present;
        self.operation = later.operation.or(self.operation);
        self.is_other |= later.is_other;
        self.requested = later.requested.or(self.requested);
        self.outcome = self.outcome.or(later.outcome);
        self.suspicious |= later.suspicious;
        self.failed |= later.failed;
        self.erred |= later.erred;
        if let (Some(beside), Some(later)) = (&mut self.beside, &later.beside) {
            beside.merge(later);
        }
        for (key, value) in later.evidence.take().into_iter().flat_map(|evidence| *evidence) {
            self.keep_aside(&key, value);
        }
    }

    fn merge_slot(&mut self, slot: &Slot, later: &State, interner: &Interner) {
        let again = self.present & slot.bit != 0;
        if let Some(place) = slot.int.map(usize::from) {
            let before = std::mem::replace(&mut self.ints[place], later.ints[place]);
            if again && before != later.ints[place] {
                self.note_number(slot, before, later.ints[place]);
            }
        }
        if let Some(place) = slot.symbol.map(usize::from) {
            let before = std::mem::replace(&mut self.symbols[place], later.symbols[place]);
            if again && before != later.symbols[place] {
                self.note_change(slot, before, later.symbols[place], interner);
            }
        }
    }
}
