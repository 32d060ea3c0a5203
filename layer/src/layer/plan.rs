//! What a callsite's fields are to the layer, worked out once, when the callsite is first seen.

use std::sync::OnceLock;

use llm_span_contract::{AttributeType, Operation, Outcome, Value, Values};
use tracing::{Metadata, field::Field};

use super::{
    intern::{Interner, Symbol},
    schema::{Mask, Schema},
};

/// The name of the span that `doctor` opens to see whether it arrives.
pub(crate) const PROBE: &str = "llm_span.doctor";

/// Longer texts are not remembered.
const MAX_REMEMBERED: usize = 256;

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
    /// An attribute.
    Watched(Watched),
    /// It looks like an attribute of a contract and is none.
    Misspelt,
}

/// All that is asked of an attribute while its span is read, in one place.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) slot: u8,
    pub(crate) bit: Mask,
    /// Where its number is kept.
    pub(crate) int: Option<u8>,
    /// Where its text is kept.
    pub(crate) symbol: Option<u8>,
    pub(crate) ty: AttributeType,
    pub(crate) non_negative: bool,
    /// Any text will do, and nobody needs it later: a response's id.
    is_plain: bool,
    role: Role,
    values: Values,
    memo: OnceLock<(Box<str>, Text)>,
}

/// What an attribute's text tells the layer itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    None,
    Operation,
    RequestType,
    Outcome,
    Status,
}

/// What was found out about a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    pub(crate) symbol: Symbol,
    /// It has to be checked the long way.
    pub(crate) suspicious: bool,
    pub(crate) meaning: Meaning,
}

/// What a text says of its call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    Nothing,
    Operation(Operation),
    /// Holds where no operation is named.
    RequestType(Operation),
    Outcome(Outcome),
    Failure,
}

impl Watched {
    fn new(slot: u8, schema: &Schema) -> Self {
        let of = &schema.slots[usize::from(slot)];
        let roles = [
            (schema.operation, Role::Operation),
            (schema.request_type, Role::RequestType),
            (schema.outcome, Role::Outcome),
            (schema.status, Role::Status),
        ];
        let role = roles.into_iter().find(|(of, _)| *of == Some(slot)).map_or(Role::None, |(_, role)| role);
        let is_unrestricted = of.ty == AttributeType::String && of.values == Values::Any;
        Self {
            slot,
            bit: of.bit,
            int: of.int,
            symbol: of.symbol,
            ty: of.ty,
            non_negative: of.values == Values::NonNegative,
            is_plain: is_unrestricted && role == Role::None && of.symbol.is_none(),
            role,
            values: of.values.clone(),
            memo: OnceLock::new(),
        }
    }

    /// What there is to know of a text. The first one is remembered: literals come again and again, and then cost a comparison.
    #[inline]
    pub(crate) fn text(&self, text: &str, interner: &Interner) -> Text {
        if self.is_plain {
            return Text { symbol: Symbol::ABSENT, suspicious: is_blank(text), meaning: Meaning::Nothing };
        }
        match self.memo.get() {
            Some((seen, known)) if **seen == *text => *known,
            _ => self.first_seen(text, interner),
        }
    }

    fn first_seen(&self, text: &str, interner: &Interner) -> Text {
        let found = self.judge(text, interner);
        // Content is never remembered: it would stay for the life of the process.
        let comes_again = self.symbol.is_some() || self.role != Role::None;
        if comes_again && text.len() <= MAX_REMEMBERED {
            let _ = self.memo.set((text.into(), found));
        }
        found
    }

    fn judge(&self, text: &str, interner: &Interner) -> Text {
        let symbol = self.symbol.map_or(Symbol::ABSENT, |place| interner.intern(place.into(), text));
        let allowed = match &self.values {
            Values::OneOf(values) | Values::Known(values) => values.iter().any(|one| one == text),
            _ => true,
        };
        let suspicious = !allowed || is_blank(text) || !self.ty.admits(&Value::from(text));
        Text { symbol, suspicious, meaning: self.meaning(text) }
    }

    fn meaning(&self, text: &str) -> Meaning {
        let meaning = match self.role {
            Role::None => None,
            Role::Operation => Operation::from_name(text).map(Meaning::Operation),
            Role::RequestType => Operation::from_request_type(text).map(Meaning::RequestType),
            Role::Outcome => Outcome::from_name(text).map(Meaning::Outcome),
            Role::Status => text.eq_ignore_ascii_case("error").then_some(Meaning::Failure),
        };
        meaning.unwrap_or(Meaning::Nothing)
    }
}

fn is_blank(text: &str) -> bool {
    // Nearly every text begins with something that is no space.
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim().is_empty()
}

impl Plan {
    /// The plan of a callsite; `None` where its spans are no concern of any contract.
    pub(crate) fn new(metadata: &Metadata<'_>, schema: &Schema) -> Option<Self> {
        if llm_span_contract::is_phase(metadata.name()) {
            return None;
        }
        let plan = |field: Field| match schema.slot(field.name()) {
            Some(slot) => FieldPlan::Watched(Watched::new(slot, schema)),
            None if schema.contracts.misspelt(field.name()).is_some() => FieldPlan::Misspelt,
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
        (schema.applying(named, declared) != 0).then_some(Self { fields, named, has_outcome, is_probe })
    }

    pub(crate) fn field(&self, field: &Field) -> &FieldPlan {
        self.fields.get(field.index()).unwrap_or(&FieldPlan::Ignored)
    }
}
