//! The long way: what is wrong with a span that is not clean, by `Contracts::check`.

use llm_span_contract::{AttributeType, Finding, Observed, Value};

use super::{
    intern::{Interner, Symbol},
    schema::{Schema, Slot},
    state::{NO_COUNT, State},
};

/// What a text was that the layer did not keep: only label texts and suspicious values are.
const NOT_KEPT: &str = "…";
const NOT_KEPT_LIST: &str = "[…]";

/// Checks what was recorded on a span.
pub(super) fn findings(schema: &Schema, interner: &Interner, name: &str, state: &State) -> Vec<Finding> {
    schema.contracts.check(&observed(schema, interner, name, state))
}

fn observed<'a>(schema: &'a Schema, interner: &Interner, name: &'a str, state: &'a State) -> Observed<'a> {
    let mut observed = Observed::new(name);
    for (key, value) in state.evidence.iter().flat_map(|evidence| evidence.iter()) {
        observed.record(key.as_str(), value.clone());
    }
    for slot in schema.slots.iter().filter(|slot| state.present & slot.bit != 0) {
        let value = current(slot, interner, state);
        match observed.get(&slot.key) {
            Some(kept) if says_the_same(kept, &value) => {}
            _ => observed.record(slot.key.as_ref(), value),
        }
    }
    if state.failed {
        observed.record(llm_span_contract::keys::OTEL_STATUS_CODE, "ERROR");
    }
    observed
}

/// The value that holds, as far as it was kept.
fn current(slot: &Slot, interner: &Interner, state: &State) -> Value<'static> {
    if let Some(place) = slot.int {
        return Value::Int(state.ints[usize::from(place)]);
    }
    let text = slot.symbol.and_then(|place| text(state.symbols[usize::from(place)], interner, state));
    match (text, slot.ty) {
        (Some(text), _) => Value::from(text),
        (None, AttributeType::Double) => Value::Double(0.0),
        (None, AttributeType::Bool) => Value::Bool(false),
        (None, AttributeType::StringArray) => Value::from(NOT_KEPT_LIST),
        (None, _) => Value::from(NOT_KEPT),
    }
}

/// The text of a symbol. One that had no room may have had some under another attribute; else it is told apart by its hash.
fn text(symbol: Symbol, interner: &Interner, state: &State) -> Option<String> {
    let kept = state.symbols.iter().filter(|other| interner.same(symbol, **other)).find_map(|other| interner.text(*other));
    kept.map(|text| text.to_string()).or_else(|| symbol.unkept().map(|hash| format!("{NOT_KEPT}{hash:08x}")))
}

/// Whether evidence is the record that holds, in the form it was recorded in.
fn says_the_same(kept: &Value<'_>, current: &Value<'_>) -> bool {
    match (kept, current) {
        // Text, a fraction, a number out of range: what the slot holds of it is no record of its own.
        (Value::Str(_) | Value::Bool(_) | Value::Double(_) | Value::UInt(_), Value::Int(NO_COUNT))
        | (Value::Str(_), Value::Int(_))
        | (_, Value::Double(_) | Value::Bool(_)) => true,
        (_, Value::Str(text)) if text.starts_with(NOT_KEPT) || text == NOT_KEPT_LIST => true,
        (Value::Str(kept), Value::Str(current)) => kept.starts_with(current.as_ref()),
        (Value::Int(_) | Value::UInt(_), Value::Str(current)) => kept.to_string() == *current,
        (Value::UInt(_), Value::Int(current)) => kept.as_int() == Some(*current),
        (Value::Double(kept), Value::Int(current)) => format!("{kept:.0}") == current.to_string(),
        (kept, current) => kept == current,
    }
}
