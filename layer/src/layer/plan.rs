//! What a callsite's fields are to the layer, worked out once, when the callsite is first seen.

use tracing::{Metadata, field::Field};

use super::{difference::differs, intern::Symbol, schema::Schema, state::State, watched::Watched};

/// The name of the span that `doctor` opens to see whether it arrives.
pub(crate) const PROBE: &str = "llm_span.doctor";

/// How the spans of a callsite are read.
#[derive(Debug)]
pub(crate) struct Plan {
    /// By the field's position.
    pub(crate) fields: Box<[FieldPlan]>,
    /// The contracts that the span's name selects.
    pub(crate) named: u32,
    /// Whether any contract may be about its spans.
    pub(crate) is_checked: bool,
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
    /// An attribute.
    Watched(Watched),
    /// It looks like an attribute of a contract and is none.
    Misspelt,
}

impl Plan {
    /// The plan of a callsite.
    pub(crate) fn new(metadata: &Metadata<'static>, schema: &Schema) -> Self {
        let is_phase = llm_span_contract::is_phase(metadata.name());
        let plan = |field: Field| match schema.slot(field.name()) {
            Some(slot) => FieldPlan::Watched(Watched::new(slot, schema)),
            None if !is_phase && schema.contracts.misspelt(field.name()).is_some() => FieldPlan::Misspelt,
            None => FieldPlan::Ignored,
        };
        let fields: Box<[FieldPlan]> = metadata.fields().iter().map(plan).collect();
        let declared = fields.iter().fold(0, |mask, field| match field {
            FieldPlan::Watched(watched) => mask | watched.bit,
            _ => mask,
        });
        let named = schema.named(metadata.name());
        let has_outcome = schema.has(declared, schema.outcome);
        let is_probe = metadata.name() == PROBE;
        let is_checked = !is_phase && schema.applying(named, declared) != 0;
        Self { fields, named, is_checked, has_outcome, is_probe }
    }

    #[inline]
    pub(crate) fn watched(&self, field: usize) -> Option<&Watched> {
        match self.fields.get(field) {
            Some(FieldPlan::Watched(watched)) => Some(watched),
            _ => None,
        }
    }

    /// Takes out of a state what the calls of a callsite may tell otherwise each time, of which nothing else depends.
    pub(super) fn without_what_differs(&self, mut state: State) -> State {
        let fields = self.fields.iter().enumerate().filter(|(field, _)| differs(*field));
        for watched in fields.filter_map(|(field, _)| self.watched(field)) {
            state.present &= !watched.bit;
            if let Some(place) = watched.int {
                state.ints[usize::from(place)] = 0;
            }
            if let Some(place) = watched.symbol {
                state.symbols[usize::from(place)] = Symbol::ABSENT;
            }
        }
        state
    }

    pub(crate) fn field(&self, field: &Field) -> &FieldPlan {
        self.fields.get(field.index()).unwrap_or(&FieldPlan::Ignored)
    }
}
