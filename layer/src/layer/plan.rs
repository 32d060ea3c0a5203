//! What a callsite's fields are to the layer, worked out once, when the callsite is first seen.

use std::sync::OnceLock;

use tracing::Metadata;

use super::{intern::Symbol, schema::Schema};

/// How the spans of a callsite are read.
#[derive(Debug)]
pub(crate) struct Plan {
    /// By the field's position.
    pub(crate) fields: Box<[FieldPlan]>,
    /// The contracts that the span's name selects.
    pub(crate) named: u32,
    /// Whether the call's outcome is recorded before the span closes, as annotated functions do.
    pub(crate) has_outcome: bool,
    /// Whether its spans are `doctor`'s.
    pub(crate) is_probe: bool,
}

/// What a field is.
#[derive(Debug)]
pub(crate) enum FieldPlan {
    /// Nothing to do with a contract.
    Ignored,
    /// An attribute, in its slot.
    Slot(u8, Memo),
    /// It looks like an attribute of a contract and is none.
    Misspelt,
}

/// The first text that was seen in a field: literals come again and again, a comparison is all they cost.
#[derive(Debug, Default)]
pub(crate) struct Memo(OnceLock<Seen>);

/// A text, and what was found out about it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) text: Box<str>,
    pub(crate) symbol: Symbol,
    pub(crate) suspicious: bool,
}

impl Memo {
    pub(crate) fn get(&self) -> Option<&Seen> {
        self.0.get()
    }

    pub(crate) fn set(&self, text: &str, (symbol, suspicious): (Symbol, bool)) {
        let _ = self.0.set(Seen { text: text.into(), symbol, suspicious });
    }
}

impl Plan {
    /// The plan of a callsite; `None` where its spans are no concern of any contract.
    pub(crate) fn new(metadata: &Metadata<'_>, schema: &Schema) -> Option<Self> {
        if llm_span_contract::is_phase(metadata.name()) {
            return None;
        }
        let plan = |field: tracing::field::Field| match schema.slot(field.name()) {
            Some(slot) => FieldPlan::Slot(slot, Memo::default()),
            None if schema.contracts.misspelt(field.name()).is_some() => FieldPlan::Misspelt,
            None => FieldPlan::Ignored,
        };
        let fields: Box<[FieldPlan]> = metadata.fields().iter().map(plan).collect();
        let named = schema.named(metadata.name());
        let slots = fields.iter().filter_map(|field| match field {
            FieldPlan::Slot(slot, _) => Some(*slot),
            _ => None,
        });
        let declared = slots.fold(0, |mask, slot| mask | (1 << slot));
        let has_outcome = schema.outcome.is_some_and(|slot| declared & (1 << slot) != 0);
        (schema.applying(named, declared) != 0).then_some(Self {
            fields,
            named,
            has_outcome,
            is_probe: metadata.name() == crate::doctor::PROBE,
        })
    }
}
