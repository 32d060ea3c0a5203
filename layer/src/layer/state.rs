//! What the layer keeps of a span: which attributes were recorded, the numbers and the label texts among them.

use std::time::Instant;

use llm_span_contract::{Operation, Outcome, Value};

use super::{
    intern::{Interner, Symbol},
    plan::{Meaning, Watched},
    schema::{MAX_INTS, MAX_SYMBOLS, Mask, Schema, Slot},
};

/// What was recorded on a span so far. Kept in its extensions; the steady state allocates nothing but the box around it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four facts of a call that do not exclude each other")]
pub(crate) struct State {
    pub(crate) started: Instant,
    pub(crate) present: Mask,
    pub(crate) ints: [i64; MAX_INTS],
    pub(crate) symbols: [Symbol; MAX_SYMBOLS],
    pub(crate) operation: Option<Operation>,
    /// What `llm.request.type` says the operation is, where nothing else does.
    requested: Option<Operation>,
    pub(crate) outcome: Option<Outcome>,
    /// Something is wrong that the masks do not tell.
    pub(crate) suspicious: bool,
    /// An error status was recorded.
    pub(crate) failed: bool,
    pub(crate) finished: bool,
    /// A call below this one has counted its tokens.
    pub(crate) counted_below: bool,
    /// The values that are suspicious, as they were recorded.
    pub(crate) evidence: Option<Box<Evidence>>,
}

/// In the place of what is no count: below 0, so never measured.
pub(crate) const NO_COUNT: i64 = i64::MIN;

/// Values with their keys, in the order of recording.
pub(crate) type Evidence = Vec<(String, Value<'static>)>;

impl State {
    pub(crate) fn new(started: Instant) -> Self {
        Self {
            started,
            present: 0,
            ints: [0; MAX_INTS],
            symbols: [Symbol::ABSENT; MAX_SYMBOLS],
            operation: None,
            requested: None,
            outcome: None,
            suspicious: false,
            failed: false,
            finished: false,
            counted_below: false,
            evidence: None,
        }
    }

    /// What was recorded so far; nothing is concluded from the span again.
    pub(crate) fn take(&mut self) -> Self {
        self.finished = true;
        Self { evidence: self.evidence.take(), ..*self }
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        self.operation.or(self.requested)
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
            let before = std::mem::replace(&mut self.ints[usize::from(place) % MAX_INTS], number);
            if again && before != number {
                self.keep(schema.key(watched.slot), Value::Int(before));
            }
        }
        if let (Some(place), Some(symbol)) = (watched.symbol, symbol) {
            let before = std::mem::replace(&mut self.symbols[usize::from(place) % MAX_SYMBOLS], symbol);
            if again && before != symbol {
                self.note_change(schema.key(watched.slot), before, symbol, interner);
            }
        }
    }

    #[inline]
    pub(crate) fn understand(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Nothing => {}
            Meaning::Operation(operation) => self.operation = Some(operation),
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
    pub(crate) fn keep_aside(&mut self, key: &str, value: Value<'_>) {
        self.evidence.get_or_insert_default().push((key.to_owned(), value.into_owned()));
    }

    /// A second record with another value is a finding: the first value is evidence.
    #[cold]
    fn note_change(&mut self, key: &str, before: Symbol, now: Symbol, interner: &Interner) {
        if !interner.same(before, now) {
            let before = interner.text(before).map_or_else(|| "…".to_owned(), |text| text.to_string());
            self.keep(key, Value::from(before));
        }
    }

    /// Adds what was recorded later and read apart.
    pub(crate) fn merge(&mut self, later: State, schema: &Schema, interner: &Interner) {
        for slot in schema.slots.iter().filter(|slot| later.present & slot.bit != 0) {
            self.merge_slot(slot, &later, interner);
        }
        self.present |= later.present;
        self.operation = later.operation.or(self.operation);
        self.requested = later.requested.or(self.requested);
        self.outcome = self.outcome.or(later.outcome);
        self.suspicious |= later.suspicious;
        self.failed |= later.failed;
        if let Some(evidence) = later.evidence {
            self.evidence.get_or_insert_default().extend(*evidence);
        }
    }

    fn merge_slot(&mut self, slot: &Slot, later: &State, interner: &Interner) {
        let again = self.present & slot.bit != 0;
        if let Some(place) = slot.int.map(usize::from) {
            let before = std::mem::replace(&mut self.ints[place], later.ints[place]);
            if again && before != later.ints[place] {
                self.keep(&slot.key, Value::Int(before));
            }
        }
        if let Some(place) = slot.symbol.map(usize::from) {
            let before = std::mem::replace(&mut self.symbols[place], later.symbols[place]);
            if again && before != later.symbols[place] {
                self.note_change(&slot.key, before, later.symbols[place], interner);
            }
        }
    }
}
