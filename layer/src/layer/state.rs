//! What the layer keeps of a span: which attributes were recorded, the numbers and the label texts among them.

use std::{fmt, time::Instant};

use llm_span_contract::{AttributeType, Operation, Outcome, Value, Values};
use tracing::field::{Field, Visit};

use super::{
    intern::{Interner, Symbol},
    plan::{FieldPlan, Memo, Plan},
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
        let taken = std::mem::replace(self, Self::new(self.started));
        self.finished = true;
        taken
    }

    /// Adds what was recorded later.
    pub(crate) fn merge(&mut self, later: State, schema: &Schema, interner: &Interner) {
        let mut twice = self.present & later.present;
        while twice != 0 {
            let slot = twice.trailing_zeros() as usize;
            twice &= twice - 1;
            self.note_change(&later, &schema.slots[slot], interner);
        }
        let mut new = later.present;
        while new != 0 {
            let slot = &schema.slots[new.trailing_zeros() as usize];
            new &= new - 1;
            if let Some(place) = slot.int.map(usize::from) {
                self.ints[place] = later.ints[place];
            }
            if let Some(place) = slot.symbol.map(usize::from) {
                self.symbols[place] = later.symbols[place];
            }
        }
        self.present |= later.present;
        self.operation = later.operation.or(self.operation);
        self.outcome = self.outcome.or(later.outcome);
        self.suspicious |= later.suspicious;
        self.failed |= later.failed;
        if let Some(evidence) = later.evidence {
            self.evidence.get_or_insert_default().extend(*evidence);
        }
    }

    /// A second record with another value is a finding: the first value is evidence.
    fn note_change(&mut self, later: &State, slot: &Slot, interner: &Interner) {
        let before = match (slot.int.map(usize::from), slot.symbol.map(usize::from)) {
            (Some(place), _) if self.ints[place] != later.ints[place] => Value::Int(self.ints[place]),
            (None, Some(place)) if !interner.same(self.symbols[place], later.symbols[place]) => {
                Value::from(interner.text(self.symbols[place]).map_or_else(|| "…".to_owned(), |text| text.to_string()))
            }
            _ => return,
        };
        self.suspicious = true;
        self.evidence.get_or_insert_default().push((slot.key.clone().into_owned(), before));
    }
}

/// Reads a span's values into a [`State`].
pub(crate) struct Reader<'a> {
    pub(crate) state: State,
    pub(crate) plan: &'a Plan,
    pub(crate) schema: &'a Schema,
    pub(crate) interner: &'a Interner,
}

impl Reader<'_> {
    fn slot(&self, field: &Field) -> Option<(u8, &Memo)> {
        match self.plan.fields.get(field.index())? {
            FieldPlan::Slot(slot, memo) => Some((*slot, memo)),
            FieldPlan::Ignored | FieldPlan::Misspelt => None,
        }
    }

    fn is_watched(&self, field: &Field) -> bool {
        !matches!(self.plan.fields.get(field.index()), None | Some(FieldPlan::Ignored))
    }

    /// Keeps a value that a check has to see.
    fn keep(&mut self, field: &Field, value: Value<'_>) {
        self.state.suspicious = true;
        self.state.evidence.get_or_insert_default().push((field.name().to_owned(), value.into_owned()));
    }

    fn number(&mut self, field: &Field, number: i64, exact: Option<Value<'_>>) {
        let Some((index, _)) = self.slot(field) else {
            return self.keep_if_watched(field, exact.unwrap_or(Value::Int(number)));
        };
        let slot = &self.schema.slots[usize::from(index)];
        let (ty, int, symbol) = (slot.ty, slot.int, slot.symbol);
        let negative = number < 0 && slot.values == Values::NonNegative;
        let mistyped = !matches!(ty, AttributeType::Int | AttributeType::Double | AttributeType::Any);
        self.state.present |= 1 << index;
        if let Some(place) = int {
            self.state.ints[usize::from(place)] = number;
        }
        if let Some(place) = symbol {
            self.state.symbols[usize::from(place)] = self.interner.intern(place.into(), &number.to_string());
        }
        if negative || mistyped || exact.is_some() {
            self.keep(field, exact.unwrap_or(Value::Int(number)));
        }
    }

    fn text(&mut self, field: &Field, text: &str) {
        let Some((index, memo)) = self.slot(field) else {
            return self.keep_if_watched(field, Value::from(text));
        };
        let known = match memo.get() {
            Some(seen) if *seen.text == *text => (seen.symbol, seen.suspicious),
            other => {
                let judged = self.judge(index, text);
                if other.is_none() {
                    memo.set(text, judged);
                }
                judged
            }
        };
        let (symbol, suspicious) = known;
        self.state.present |= 1 << index;
        if let Some(place) = self.schema.slots[usize::from(index)].symbol {
            self.state.symbols[usize::from(place)] = symbol;
        }
        self.understand(index, text);
        if suspicious {
            self.misread(index, text);
            self.keep(field, Value::from(text));
        }
    }

    /// The symbol of a text, and whether it has to be checked the long way.
    fn judge(&self, index: u8, text: &str) -> (Symbol, bool) {
        let slot = &self.schema.slots[usize::from(index)];
        let place = slot.symbol.map(usize::from);
        let symbol = place.map_or(Symbol::ABSENT, |place| self.interner.intern(place, text));
        let value = Value::from(text);
        let allowed = match &slot.values {
            Values::OneOf(values) | Values::Known(values) => values.iter().any(|one| one == text),
            _ => true,
        };
        (symbol, !slot.ty.admits(&value) || text.trim().is_empty() || !allowed)
    }

    /// What the layer itself needs to know: the operation, the outcome, the status.
    fn understand(&mut self, index: u8, text: &str) {
        let (index, schema) = (Some(index), self.schema);
        if index == schema.operation {
            self.state.operation = Operation::from_name(text).or(self.state.operation);
        } else if index == schema.request_type {
            self.state.operation = self.state.operation.or_else(|| Operation::from_request_type(text));
        } else if index == schema.outcome {
            self.state.outcome = Outcome::from_name(text);
        } else if index == schema.status {
            self.state.failed |= text.eq_ignore_ascii_case("error");
        }
    }

    /// A count that arrives as text is a finding, and still a count.
    fn misread(&mut self, index: u8, text: &str) {
        let slot = &self.schema.slots[usize::from(index)];
        if let (Some(place), Ok(number)) = (slot.int, text.trim().parse::<i64>()) {
            self.state.ints[usize::from(place)] = number;
        } else if slot.int.is_some() {
            self.state.ints[usize::from(slot.int.unwrap_or_default())] = NO_COUNT;
        }
    }

    fn keep_if_watched(&mut self, field: &Field, value: Value<'_>) {
        if self.is_watched(field) {
            self.keep(field, value);
        }
    }
}

impl Visit for Reader<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if self.is_watched(field) {
            self.number(field, value, None);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.is_watched(field) {
            self.number(field, i64::try_from(value).unwrap_or(NO_COUNT), Some(Value::UInt(value)));
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "the range is checked first")]
    fn record_f64(&mut self, field: &Field, value: f64) {
        let Some((index, _)) = self.slot(field) else {
            return self.keep_if_watched(field, Value::Double(value));
        };
        self.state.present |= 1 << index;
        let slot = &self.schema.slots[usize::from(index)];
        let (ty, int) = (slot.ty, slot.int);
        if let Some(place) = int {
            let is_count = value.fract() == 0.0 && (0.0..9e15).contains(&value);
            self.state.ints[usize::from(place)] = if is_count { value as i64 } else { NO_COUNT };
        }
        if !matches!(ty, AttributeType::Double | AttributeType::Any) {
            self.keep(field, Value::Double(value));
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        let Some((index, _)) = self.slot(field) else {
            return self.keep_if_watched(field, Value::Bool(value));
        };
        self.state.present |= 1 << index;
        if let Some(place) = self.schema.slots[usize::from(index)].int {
            self.state.ints[usize::from(place)] = NO_COUNT;
        }
        if !matches!(self.schema.slots[usize::from(index)].ty, AttributeType::Bool | AttributeType::Any) {
            self.keep(field, Value::Bool(value));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.is_watched(field) {
            self.text(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.is_watched(field) {
            let text = crate::guard::format(value);
            self.text(field, &text);
        }
    }
}
